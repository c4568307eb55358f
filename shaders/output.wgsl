// The result of an elementwise kernel: four encoded elements at a time, so that no word is written by two invocations.
@group(0) @binding(2) var<storage, read_write> output: array<u32>;

fn storeRow(row: u32, bits: vec4<u32>, dtype: u32) {
  if (dtype == DTYPE_F32) {
    output[row * 4u] = bits.x;
    output[row * 4u + 1u] = bits.y;
    output[row * 4u + 2u] = bits.z;
    output[row * 4u + 3u] = bits.w;
  } else {
    output[row * 2u] = bits.x | (bits.y << 16u);
    output[row * 2u + 1u] = bits.z | (bits.w << 16u);
  }
}
