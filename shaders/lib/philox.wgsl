// Philox4x32-10 (Salmon et al., SC 2011; Random123). Twin: philox4x32 in src/kernels/shared/philox.ts.
fn philox4x32(start: vec4<u32>, startKey: vec2<u32>) -> vec4<u32> {
  var counter = start;
  var key = startKey;
  for (var round = 0u; round < 10u; round++) {
    let a = multiply32(0xd2511f53u, counter.x);
    let b = multiply32(0xcd9e8d57u, counter.z);
    counter = vec4<u32>(b.x ^ counter.y ^ key.x, b.y, a.x ^ counter.w ^ key.y, a.y);
    key += vec2<u32>(0x9e3779b9u, 0xbb67ae85u);
  }
  return counter;
}
