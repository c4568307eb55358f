/** GPU buffers, re-used by size class: creating one costs more than most kernels. */

/** Free buffers kept at most, in bytes; the engine's ceiling counts tiles, so idle memory must stay small. */
const MAX_IDLE_BYTES = 64 * 1024 * 1024;

export interface BufferPool {
  /** A buffer of at least `sizeBytes` with undefined contents. */
  acquire(sizeBytes: number): GPUBuffer;
  /** Hands it back; later commands of the queue may overwrite it, earlier ones are not disturbed. */
  release(buffer: GPUBuffer): void;
  dispose(): void;
}

export function createBufferPool(device: GPUDevice, usage: GPUBufferUsageFlags): BufferPool {
  const idle: GPUBuffer[] = [];
  let idleBytes = 0;
  const live = new Set<GPUBuffer>();
  return {
    acquire(sizeBytes) {
      const size = sizeClass(sizeBytes);
      const index = idle.findIndex((buffer) => buffer.size === size);
      const [found] = index < 0 ? [] : idle.splice(index, 1);
      if (found !== undefined) {
        idleBytes -= size;
        return found;
      }
      const buffer = device.createBuffer({ size, usage });
      live.add(buffer);
      return buffer;
    },
    release(buffer) {
      idle.push(buffer);
      idleBytes += buffer.size;
      while (idleBytes > MAX_IDLE_BYTES) {
        const oldest = idle.shift();
        if (oldest === undefined) return;
        idleBytes -= oldest.size;
        live.delete(oldest);
        oldest.destroy();
      }
    },
    dispose() {
      for (const buffer of live) buffer.destroy();
      live.clear();
      idle.length = 0;
    },
  };
}

/** Sizes in steps of an eighth of their power of two: at most 12.5 % is wasted, and tiles of alike tensors share buffers. */
function sizeClass(sizeBytes: number): number {
  const least = Math.max(sizeBytes, 256);
  const step = Math.max(2 ** (Math.floor(Math.log2(least)) - 3), 256);
  return Math.ceil(least / step) * step;
}
