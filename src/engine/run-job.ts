/**
 * One run from its plan to its finished directory. It can be paused, cancelled, cut short and gone on with at any point:
 * what the journal holds is done, everything else is done again.
 */

import { GraftError, toGraftError, toWire } from '../base/errors.ts';
import type { SelfTestPart } from '../kernels/self-test.ts';
import type { Kernels } from '../kernels/types.ts';
import { methodOf } from '../methods/registry.ts';
import type { MergePlan, NestedMerge, PlannedTensor } from '../plan/types.ts';
import { planUnits } from '../plan/units.ts';
import { piecesOf, type Unit, unitFetchBytes } from '../plan/work.ts';
import { reopenModel } from '../sources/open-model.ts';
import type { JobFiles } from '../storage/types.ts';
import { Budget } from './budget.ts';
import { RunControl } from './control.ts';
import { Coverage } from './coverage.ts';
import type { EngineLease, EngineRoom } from './engine-room.ts';
import { Fetcher } from './fetcher.ts';
import { writeDirectory } from './finish-directory.ts';
import { Health } from './health.ts';
import { badTensorWords, healthLine } from './health-report.ts';
import { Meter } from './meter.ts';
import { OutputWriter } from './output-writer.ts';
import type { OutputFile, RunSettings, RunState, RunStatus, SourceSettings } from './protocol.ts';
import { type HashEnd, ShardHasher } from './shard-hasher.ts';
import { openSpool } from './spool-file.ts';
import { parsePlan, type StoredRun } from './stored-run.ts';
import { runUnits } from './unit-runner.ts';

export interface RunJobOptions {
  readonly id: string;
  readonly stored: StoredRun;
  readonly files: JobFiles;
  readonly sources: SourceSettings;
  readonly settings: RunSettings;
  readonly room: EngineRoom;
  readonly emit: (status: RunStatus) => void;
  readonly hashing: HashEnd;
  /** Keeps `patch` with the job, atomically. */
  readonly save: (patch: Partial<StoredRun>) => Promise<void>;
}

/** The page hears of progress this often. */
const EMIT_MS = 100;
/** The stored counters follow this often; they only matter to a list shown after a crash. */
const SAVE_MS = 2_000;
const LOG_LINES = 200;
/** Broken tensors that get a warning of their own; the health line counts all. */
const HEALTH_WARNINGS = 4;

export class RunJob {
  readonly control: RunControl;
  /** Resolves when the run has ended in any way and its files are closed. Never rejects. */
  readonly ended: Promise<void>;
  readonly #options: RunJobOptions;
  readonly #plan: MergePlan;
  readonly #meter: Meter;
  readonly #budget: Budget;
  readonly #shardWritten: number[];
  readonly #log: { at: string; text: string }[];
  readonly #warnings: string[];
  readonly #health: Health;
  /** What it does, or how it ended; a pause hides it. */
  #phase: Exclude<RunState, 'paused' | 'interrupted'> = 'running';
  #error: GraftError | null = null;
  #engine: EngineLease | null = null;
  #writer: OutputWriter | null = null;
  #hasher: ShardHasher | null = null;
  #current: string | null = null;
  #files: readonly OutputFile[] = [];

  constructor(options: RunJobOptions) {
    const { stored, files, settings } = options;
    this.#options = options;
    this.#plan = parsePlan(files.plan);
    this.#meter = new Meter(this.#plan.totals);
    this.#meter.addSeconds(stored.activeSeconds);
    this.#budget = new Budget(settings.budgetBytes);
    this.#shardWritten = this.#plan.shards.map(() => 0);
    this.#log = [...stored.log];
    this.#warnings = [...stored.warnings];
    this.#health = new Health(
      stored.health,
      this.#plan.models.map(({ ref }) => ref),
    );
    this.control = new RunControl(() => this.#onPauseChange());
    this.ended = this.#run();
  }

  status(): RunStatus {
    const { id } = this.#options;
    const { error: _stored, ...snapshot } = this.#snapshot();
    const error = this.#error ?? this.control.reason;
    return {
      ...snapshot,
      id,
      ...(error === null ? {} : { error: toWire(error) }),
      ...this.#meter.rates(),
      inFlightBytes: this.#budget.inFlightBytes,
      waitsForNetwork: this.#meter.offlineReads > 0,
      current: this.#current,
    };
  }

  async #run(): Promise<void> {
    const { files, emit, save } = this.#options;
    this.#meter.setActive(true);
    const emitting = setInterval(() => emit(this.status()), EMIT_MS);
    const saving = setInterval(() => void this.#save().catch(() => undefined), SAVE_MS);
    const outcome = await this.#outcome();
    // Ends what a failure left at work, and keeps a late press on Pause from holding up what has ended.
    this.control.cancel();
    this.#hasher?.close();
    clearInterval(emitting);
    clearInterval(saving);
    this.#meter.setActive(false);
    this.#current = null;
    try {
      await save({ ...this.#snapshot(), state: outcome });
    } catch (error) {
      // The files are what matters; a state that could not be stored shows as interrupted and can be resumed.
      this.#note(`The run's state could not be stored: ${toGraftError(error).message}`);
    }
    await files.close().catch((error: unknown) => this.#note(toGraftError(error).message));
    // Only now: whoever sees a run that has ended may remove it, or close the page.
    this.#phase = outcome;
  }

  async #outcome(): Promise<'done' | 'failed' | 'cancelled'> {
    try {
      await this.#merge();
      this.#note('Done.');
      return 'done';
    } catch (error) {
      this.#error = toGraftError(error);
      this.#note(this.#error.message);
      return this.control.signal.aborted ? 'cancelled' : 'failed';
    }
  }

  async #merge(): Promise<void> {
    const { files, room, settings, sources } = this.#options;
    const { control, signal } = { control: this.control, signal: this.control.signal };
    const plan = this.#plan;
    const method = methodOf(plan.method);
    if (method === null) {
      throw new GraftError('CannotMerge', `This version of Graft has no method ${plan.method}.`);
    }
    const models = await Promise.all(
      plan.models.map((model) => reopenModel(model.origin, sources, signal, model.files)),
    );
    const engine = await room.lease(settings.engine, selfTestParts(plan), (text) => this.#note(text));
    this.#engine = engine;
    this.#note(`Merging with ${engine.kernels.device}.`);
    const dropped = await control.untilStored(() =>
      files.allocate(plan.shards.map(({ path, sizeBytes }) => ({ path, sizeBytes }))),
    );
    if (dropped.length > 0) this.#note(`${dropped.length} pieces failed their check and are merged again.`);
    for (const [index, { headerBytes }] of plan.shards.entries()) {
      await control.untilStored(() => files.write(index, 0, headerBytes));
    }
    const left = this.#unitsLeft(engine.kernels);
    const fresh = files.completed().length === 0;
    const hasher = new ShardHasher(
      this.#options.hashing,
      this.#options.id,
      plan.shards.map(({ sizeBytes }) => sizeBytes),
      fresh,
    );
    this.#hasher = hasher;
    for (const [index, { headerBytes }] of plan.shards.entries())
      await hasher.push(index, 0, headerBytes, false);
    const writer = new OutputWriter(files, this.#meter, control, (shard, at, bytes, isFresh) => {
      this.#addWritten(shard, bytes.byteLength);
      return hasher.push(shard, at, bytes, isFresh);
    });
    this.#writer = writer;
    await runUnits(left, {
      plan,
      method,
      engine,
      fetcher: new Fetcher(models, this.#meter, signal),
      writer,
      budget: this.#budget,
      control,
      meter: this.#meter,
      openSpool: () => openSpool(files, control),
      health: this.#health,
      onTensor: (name) => {
        this.#current = name;
      },
      warn: (text) => this.#warn(text),
    }).catch(async (error: unknown) => {
      if (!signal.aborted) await writer.commitNow();
      throw error;
    });
    await writer.commit();
    this.#tellHealth();
    await control.pass();
    this.#phase = 'finishing';
    this.#current = null;
    this.#note('Writing the small files and computing checksums.');
    this.#files = await writeDirectory({
      plan,
      models,
      files,
      control,
      hasher,
      engine: engine.kernels,
      createdAt: this.#options.stored.createdAt,
    });
    await control.pass();
  }

  /**
   * The units that are still to do; what the journal holds counts as done. Finished tensors are left out before units are
   * made, so that nothing is done twice though another ceiling or engine makes other units than last time.
   */
  #unitsLeft(engine: Kernels): Unit[] {
    const { files, settings } = this.#options;
    const { tensors, totals } = this.#plan;
    const coverage = new Coverage(files.completed());
    const units = planUnits(this.#plan, {
      budgetBytes: settings.budgetBytes,
      engine,
      isFinished: ({ shard, offset, sizeBytes }) => coverage.covers(shard, offset, offset + sizeBytes),
    });
    const left = units.filter((unit) =>
      piecesOf(unit).some(({ output: { shard, start, end } }) => !coverage.covers(shard, start, end)),
    );
    for (const { shard, sizeBytes } of tensors) this.#addWritten(shard, sizeBytes);
    for (const { output } of left.flatMap(piecesOf)) {
      this.#addWritten(output.shard, output.start - output.end);
    }
    const doneBytes = this.#shardWritten.reduce((sum, bytes) => sum + bytes, 0);
    this.#meter.mergedBytes = doneBytes;
    this.#meter.writtenBytes = doneBytes;
    this.#meter.fetchedBytes = totals.fetchBytes - left.reduce((sum, unit) => sum + unitFetchBytes(unit), 0);
    this.#meter.forgetRates();
    return left;
  }

  #addWritten(shard: number, sizeBytes: number): void {
    this.#shardWritten[shard] = (this.#shardWritten[shard] ?? 0) + sizeBytes;
  }

  #onPauseChange(): void {
    const { paused, reason } = this.control;
    this.#meter.setActive(!paused);
    this.#note(paused ? (reason?.message ?? 'Paused.') : 'Going on.');
    this.#options.emit(this.status());
    if (paused) void this.#writer?.commitNow();
    void this.#save().catch(() => undefined);
  }

  /** NaN and infinity are worth a warning; the rest is a line of the log. */
  #tellHealth(): void {
    const { report } = this.#health;
    this.#note(`Health: ${healthLine(report, this.#options.stored.tensorCount)}`);
    for (const bad of [...report.badInputs, ...report.badOutputs].slice(0, HEALTH_WARNINGS)) {
      this.#warn(`Found ${badTensorWords(bad)}.`);
    }
  }

  /** Once: a tensor that is merged again after a crash or a lost device has nothing new to say. */
  #warn(text: string): void {
    if (!this.#warnings.includes(text)) this.#warnings.push(text);
  }

  #note(text: string): void {
    this.#log.push({ at: new Date().toISOString(), text });
    if (this.#log.length > LOG_LINES) this.#log.splice(0, this.#log.length - LOG_LINES);
  }

  #save(): Promise<void> {
    return this.#options.save(this.#snapshot());
  }

  #snapshot(): StoredRun {
    const { stored, settings } = this.#options;
    const error = this.#error ?? this.control.reason;
    return {
      ...stored,
      state: this.control.paused ? 'paused' : this.#phase,
      engine: this.#engine?.kernels.engine ?? stored.engine,
      device: this.#engine?.kernels.device ?? stored.device,
      fetchedBytes: this.#meter.fetchedBytes,
      mergedBytes: this.#meter.mergedBytes,
      writtenBytes: this.#meter.writtenBytes,
      activeSeconds: this.#meter.activeSeconds,
      budgetBytes: settings.budgetBytes,
      peakInFlightBytes: Math.max(stored.peakInFlightBytes, this.#budget.peakBytes),
      shards: this.#plan.shards.map(({ path, sizeBytes, headerBytes }, index) => ({
        path,
        sizeBytes,
        writtenBytes: headerBytes.byteLength + (this.#shardWritten[index] ?? 0),
      })),
      files: this.#files,
      warnings: this.#warnings,
      health: this.#health.report,
      log: this.#log,
      error: error === null ? null : toWire(error),
    };
  }
}

/** What a GPU must have shown before it may run the plan. */
function selfTestParts({ tensors }: MergePlan): SelfTestPart[] {
  const hasRows = ({ wholeRows, operands = [] }: PlannedTensor | NestedMerge): boolean =>
    (wholeRows ?? null) !== null || operands.some(({ of }) => typeof of !== 'number' && hasRows(of));
  return tensors.some(hasRows) ? ['basics', 'rows'] : ['basics'];
}
