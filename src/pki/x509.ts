// The library's dependency injection needs the Reflect polyfill loaded before it.
import "reflect-metadata";

export * from "@peculiar/x509";
