// Philox4x32-10 (Salmon et al., SC 2011; Random123). Twin: philox4x32 in src/kernels/shared/philox.ts.
fn philox4x32(start: vec4u, startKey: vec2u) -> vec4u {
  var counter = start;
  var key = startKey;
  for (var round = 0u; round < 10u; round++) {
    let product = multiply32(vec4u(0xd2511f53u, 0xcd9e8d57u, 0u, 0u), counter.xzxz);
    counter = vec4u(
      product.hi.y ^ counter.y ^ key.x,
      product.lo.y,
      product.hi.x ^ counter.w ^ key.y,
      product.lo.x,
    );
    key += vec2u(0x9e3779b9u, 0xbb67ae85u);
  }
  return counter;
}

// The words of a row's four elements; `counter` is that of the tile's first row.
fn randomWords(key: vec2u, counter: vec2u, row: u32) -> vec4u {
  let low = counter.x + row;
  let high = counter.y + select(0u, 1u, low < counter.x);
  return philox4x32(vec4u(low, high, 0u, 0u), key);
}
