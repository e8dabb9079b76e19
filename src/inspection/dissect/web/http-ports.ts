/** Ports of HTTP, of IPP, UPnP and others that are HTTP. */
export const httpTcpPorts: readonly number[] = [
  80, 631, 1900, 2710, 2869, 3128, 3132, 3689, 5985, 8080, 8088, 11_371,
];
