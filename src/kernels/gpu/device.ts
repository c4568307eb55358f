/** Finding a GPU. */

import { GraftError } from '../../base/errors.ts';

/** A device with WebGPU's default limits. Rejects with `GpuUnavailable`, in words, when the browser has none to give. */
export async function requestGpuDevice(): Promise<GPUDevice> {
  const gpu: GPU | undefined = navigator.gpu;
  if (gpu === undefined) {
    throw unavailable('This browser has no WebGPU (or the page is not served securely).');
  }
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) {
    throw unavailable('The browser has WebGPU but offers no graphics adapter for it.');
  }
  try {
    return await adapter.requestDevice();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw unavailable(`The graphics adapter refuses a device: ${reason}`, cause);
  }
}

function unavailable(message: string, cause?: unknown): GraftError {
  return new GraftError('GpuUnavailable', message, {
    fix: 'The CPU engine gives the same result. A recent Chrome, Edge, Safari or Firefox with hardware acceleration turned on has WebGPU.',
    cause,
  });
}

/**
 * Whether WebGPU is computed on the CPU (SwiftShader, llvmpipe, WARP): the fallback adapter, or one whose name says so.
 * Such an adapter is tens of times slower than the CPU engine.
 */
export function isSoftware(device: GPUDevice): boolean {
  const named = /swiftshader|llvmpipe|lavapipe|basic render/i.test(describeDevice(device));
  return named || device.adapterInfo.isFallbackAdapter;
}

/** The device in words, as far as the browser tells: `NVIDIA H100`, `google swiftshader`. */
export function describeDevice({ adapterInfo }: GPUDevice): string {
  const { description, vendor, architecture, device } = adapterInfo;
  if (description !== '') return description;
  return [vendor, architecture, device].filter((part) => part !== '').join(' ') || 'unnamed GPU';
}
