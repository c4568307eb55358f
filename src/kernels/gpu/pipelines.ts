/** Compute pipelines, compiled when first needed and kept. */

import { GraftError } from '../../base/errors.ts';
import { joinChunks, type KernelName, placeOfLine, SHADERS, type ShaderChunk } from './shaders.ts';

/** Values of a shader's `override`s; what is left out keeps its default. */
export type PipelineConstants = Readonly<Record<string, boolean>>;

export interface Pipelines {
  readonly bindGroupLayout: GPUBindGroupLayout;
  /** Rejects with `ShaderInvalid`, naming file, line and reason, when the device refuses the shader. */
  get(name: KernelName, constants: PipelineConstants): Promise<GPUComputePipeline>;
}

export function createPipelines(device: GPUDevice): Pipelines {
  const buffer = (binding: number, type: GPUBufferBindingType): GPUBindGroupLayoutEntry => ({
    binding,
    visibility: GPUShaderStage.COMPUTE,
    buffer: { type },
  });
  const bindGroupLayout = device.createBindGroupLayout({
    entries: [buffer(0, 'read-only-storage'), buffer(1, 'read-only-storage'), buffer(2, 'storage')],
  });
  const layout = device.createPipelineLayout({ bindGroupLayouts: [bindGroupLayout] });
  const compiled = new Map<string, Promise<GPUComputePipeline>>();
  return {
    bindGroupLayout,
    get(name, constants) {
      const key = name + JSON.stringify(constants);
      let pipeline = compiled.get(key);
      if (pipeline === undefined) {
        pipeline = compilePipeline(device, layout, name, SHADERS[name], constants);
        compiled.set(key, pipeline);
      }
      return pipeline;
    },
  };
}

/** Compiles `chunks` as one module with entry point `main`. */
export async function compilePipeline(
  device: GPUDevice,
  layout: GPUPipelineLayout,
  label: string,
  chunks: readonly ShaderChunk[],
  constants: PipelineConstants,
): Promise<GPUComputePipeline> {
  device.pushErrorScope('validation');
  const module = device.createShaderModule({ label, code: joinChunks(chunks) });
  const scope = device.popErrorScope();
  const [info, refused] = await Promise.all([module.getCompilationInfo(), scope]);
  const message = info.messages.find(({ type }) => type === 'error');
  if (message !== undefined) throw shaderInvalid(placeOfLine(chunks, message.lineNum), message.message);
  if (refused !== null) throw shaderInvalid(label, refused.message);
  const numeric = Object.fromEntries(Object.entries(constants).map(([key, value]) => [key, value ? 1 : 0]));
  try {
    const compute = { module, entryPoint: 'main', constants: numeric };
    return await device.createComputePipelineAsync({ label, layout, compute });
  } catch (cause) {
    throw shaderInvalid(label, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function shaderInvalid(where: string, reason: string, cause?: unknown): GraftError {
  return new GraftError('ShaderInvalid', `The GPU driver refuses a shader at ${where}: ${reason}`, {
    where,
    fix: 'Choose the CPU engine, or update the browser and the graphics driver.',
    cause,
  });
}
