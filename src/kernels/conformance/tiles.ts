/** The life of a tile and of an engine. */

import { expect, test } from 'vitest';
import type { MergeDtype } from '../../base/dtype.ts';
import { onTile, operandOf, weightsLike } from '../test-tensors.ts';
import type { CombineSpec, Kernels, Tile } from '../types.ts';

const COPY: CombineSpec = { coefficients: [1], base: null };

export function tileConformance(engine: () => Kernels, create: () => Promise<Kernels>): void {
  test('calls in flight side by side each get their own result', async () => {
    const operands = [weightsLike('F32', 5000, 61), weightsLike('F32', 5000, 62)];
    const tile = await engine().load({ firstIndex: 0, elementCount: 5000, operands });
    const specs = [0, 0.25, 0.5, 0.75, 1].map((t) => ({ coefficients: [1 - t, t], base: null }));
    const together = await Promise.all(specs.map((spec) => engine().combine(tile, spec, 'F32')));
    for (const [i, spec] of specs.entries()) {
      expect(together[i]).toEqual(await engine().combine(tile, spec, 'F32'));
    }
    tile.release();
    tile.release();
  });

  test('a released tile and a foreign one are refused', async () => {
    const tile = await engine().load({ firstIndex: 0, elementCount: 1, operands: [operandOf('F32', [1])] });
    tile.release();
    await expect(engine().combine(tile, COPY, 'F32')).rejects.toMatchObject({ tag: 'Internal' });
    const foreign: Tile = { firstIndex: 0, elementCount: 1, operandCount: 1, release: () => undefined };
    await expect(engine().gram(foreign, null)).rejects.toMatchObject({ tag: 'Internal' });
  });

  test('a disposed engine refuses with Cancelled', async () => {
    const own = await create();
    own.dispose();
    await expect(
      own.load({ firstIndex: 0, elementCount: 1, operands: [operandOf('F32', [1])] }),
    ).rejects.toMatchObject({ tag: 'Cancelled' });
  });

  test('the largest tile is whole blocks and fits the memory it says', () => {
    for (const dtypes of [['BF16'], ['BF16', 'F32', 'F16'], Array<MergeDtype>(40).fill('F32')] as const) {
      const most = engine().maxTileElements(dtypes, 'F32');
      expect(most % 4096).toBe(0);
      expect(most).toBeGreaterThan(0);
      expect(engine().residentBytes(dtypes, most)).toBeGreaterThan(most * 2 * dtypes.length);
    }
  });

  test('an operand that the tile lacks is refused', async () => {
    const operands = [operandOf('F32', [1]), operandOf('F32', [2])];
    const refused = { tag: 'Internal' };
    await onTile(engine(), operands, 1, async (tile) => {
      const score = { kind: 'delta', operand: 2, base: null } as const;
      await expect(engine().histograms(tile, [{ score, pass: 0, prefix: 0 }])).rejects.toMatchObject(refused);
      const near = { kind: 'near', base: 0, operand: 2, t: 1 } as const;
      await expect(engine().pick(tile, near, 'F32')).rejects.toMatchObject(refused);
      await expect(engine().rowDivergence(tile, 2, 0, 1)).rejects.toMatchObject(refused);
      const rules = [{ operand: 2, keep: { kind: 'all' }, scale: 1, weight: 1 } as const];
      await expect(engine().sums(tile, 0, rules, 'absolute')).rejects.toMatchObject(refused);
    });
  });
}
