// The result of an elementwise kernel, a row of four encoded elements at a time.
@group(0) @binding(2) var<storage, read_write> output: array<u32>;

fn storeRow(row: u32, bits: vec4u, dtype: u32) {
  if (dtype == DTYPE_F32) {
    let start = row * 4u;
    output[start] = bits.x;
    output[start + 1u] = bits.y;
    output[start + 2u] = bits.z;
    output[start + 3u] = bits.w;
  } else if (dtype == DTYPE_F16 || dtype == DTYPE_BF16) {
    let pairs = bits.xz | (bits.yw << vec2u(16u));
    output[row * 2u] = pairs.x;
    output[row * 2u + 1u] = pairs.y;
  } else {
    let quarters = bits << vec4u(0u, 8u, 16u, 24u);
    output[row] = quarters.x | quarters.y | quarters.z | quarters.w;
  }
}
