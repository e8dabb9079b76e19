/** Loads the embedded engine's package; rejects where it, or its library for this platform, is missing. */
export async function probeLibrary(): Promise<void> {
  await import("chdb");
}
