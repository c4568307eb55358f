/** Lets waiting messages and timers run. A posted message, because nested timers are held back by 4 ms. */
export function yieldToLoop(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
