// The result of an elementwise kernel, a row of four encoded elements at a time.
@group(0) @binding(2) var<storage, read_write> output: array<vec2u>;

fn storeRow(row: u32, bits: vec4u, dtype: u32) {
  if (dtype == DTYPE_F32) {
    output[row * 2u] = bits.xy;
    output[row * 2u + 1u] = bits.zw;
  } else {
    output[row] = bits.xz | (bits.yw << vec2u(16u));
  }
}
