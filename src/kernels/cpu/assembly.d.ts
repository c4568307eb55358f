/** What the AssemblyScript plugin of e2e/tools/assemblyscript.ts makes of a module: its compiled bytes. */
declare module '*?assemblyscript' {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}
