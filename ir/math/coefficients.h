// Made by coefficients.py beside this file; not to be edited. Lowest powers first.
// clang-format off
#pragma once

namespace nnc::math {

// error 2^-25.8
inline constexpr double exp_tail_f32[] = {
    0x1.fffffep-2, 0x1.5554bp-3, 0x1.555674p-5, 0x1.1227bep-7, 0x1.6bec5cp-10};

// error 2^-54.8
inline constexpr double exp_tail_f64[] = {
    0x1.0000000000005p-1, 0x1.5555555555539p-3, 0x1.555555555228p-5, 0x1.1111111119057p-7,
    0x1.6c16c17eeb322p-10, 0x1.a01a0174e6104p-13, 0x1.a019a73d7d75ep-16, 0x1.71de884942ba4p-19,
    0x1.28a2142aebdcep-22, 0x1.ae6b8800e4124p-26};

// error 2^-27.3
inline constexpr double log_tail_f32[] = {
    0x1.555554p-2, -0x1.000228p-2, 0x1.99a014p-3, -0x1.5472p-3, 0x1.22d8c8p-3, -0x1.0d86acp-3,
    0x1.056626p-3, -0x1.38c94ep-4};

// error 2^-58.8
inline constexpr double log_ratio_f64[] = {
    0x1.5555555555593p-1, 0x1.999999997fcb6p-2, 0x1.2492494200a74p-2, 0x1.c71c51fbcc519p-3,
    0x1.746641dfa2bcp-3, 0x1.39a169c43e2e4p-3, 0x1.2f08bda900e08p-3};

// error 2^-26.9
inline constexpr double sin_tail_f32[] = {
    -0x1.555546p-3, 0x1.11073ap-7, -0x1.9943cep-13};

// error 2^-56.4
inline constexpr double sin_tail_f64[] = {
    -0x1.5555555555548p-3, 0x1.111111110f7cdp-7, -0x1.a01a019bfd886p-13, 0x1.71de35677e11p-19,
    -0x1.ae5e5a5009cf5p-26, 0x1.5d8fbec8bf474p-33};

// error 2^-32.5
inline constexpr double cos_tail_f32[] = {
    0x1.55554ap-5, -0x1.6c0c34p-10, 0x1.99ebbcp-16};

// error 2^-59.6
inline constexpr double cos_tail_f64[] = {
    0x1.555555555554bp-5, -0x1.6c16c16c14f9p-10, 0x1.a01a019c84332p-16, -0x1.27e4f7eaabd55p-22,
    0x1.1ee9d7a14f685p-29, -0x1.8fa48eb6143f9p-37};

// error 2^-25.9
inline constexpr double erf_small_f32[] = {
    0x1.06eba8p-3, -0x1.812742p-2, 0x1.ce2e0ap-4, -0x1.b80e9p-6, 0x1.54c7f4p-8, -0x1.aa3f2ep-11,
    0x1.5cd4b4p-14};

// error 2^-56.3
inline constexpr double erf_small_f64[] = {
    0x1.06eba8214db69p-3, -0x1.812746b0379e6p-2, 0x1.ce2f21a042b2p-4, -0x1.b82ce3128499ep-6,
    0x1.565bcd0db0308p-8, -0x1.c02db3d8ed775p-11, 0x1.f9a321a124f8fp-14, -0x1.f4d1df39ad1c3p-17,
    0x1.b9def1a11be2ap-20, -0x1.5f1d36d045989p-23, 0x1.f7a4124e3b5bfp-27, -0x1.386abfeb5be18p-30,
    0x1.0579a588d0433p-34};

// error 2^-28.3
inline constexpr double erf_large_f32[] = {
    0x1.20e91ep+0, 0x1.456d78p-1, 0x1.af596cp-4, -0x1.744daep-6, 0x1.840bcp-9, -0x1.fbd23ep-15,
    -0x1.6c68fap-15, 0x1.3fa712p-18};

// error 2^-57.5
inline constexpr double tanh_small_f64[] = {
    -0x1.555555555554fp-2, 0x1.11111111107d3p-3, -0x1.ba1ba1b98092ep-5, 0x1.664f485a23c22p-6,
    -0x1.226e2f2c13af2p-7, 0x1.d6d29f6ba2cd9p-9, -0x1.7d900665e3472p-10, 0x1.34855b5db4dp-11,
    -0x1.e98146c80962fp-13, 0x1.5da7d5cc2fdb8p-14, -0x1.47936551961d7p-16};

// error 2^-36.7
inline constexpr double log_rest_f32[] = {
    0x1.999ap-2, 0x1.24528cp-2, 0x1.df9f4ep-3};

// error 2^-66.2
inline constexpr double log_rest_f64[] = {
    0x1.9999999999b31p-2, 0x1.2492492457b4ap-2, 0x1.c71c722d97794p-3, 0x1.745ce9d1b61ffp-3,
    0x1.3b1eef5bbeba9p-3, 0x1.0f7f996d5d8b4p-3, 0x1.0e45add7ad9a9p-3};

// error 2^-27.5
inline constexpr double asin_tail_f32[] = {
    0x1.5555c8p-3, 0x1.3301e8p-4, 0x1.747ep-5, 0x1.8c2ad2p-6, 0x1.596b26p-5};

// error 2^-55.7
inline constexpr double asin_tail_f64[] = {
    0x1.555555555539p-3, 0x1.333333336e7afp-4, 0x1.6db6db427d3c1p-5, 0x1.f1c72c38406f4p-6,
    0x1.6e89f44e0236cp-6, 0x1.1c6be0fb67a7fp-6, 0x1.c6fdccb2b63d5p-7, 0x1.8ec2bed9bb649p-7,
    0x1.abd12d67fdc9cp-8, 0x1.3ff390e367b0dp-6, -0x1.09d19dda4d3fap-6, 0x1.056cf20aa04b2p-5};

// error 2^-27.5
inline constexpr double sinh_tail_f32[] = {
    0x1.555556p-3, 0x1.111134p-7, 0x1.9ffe92p-13, 0x1.7a15bep-19};

// error 2^-56.6
inline constexpr double sinh_tail_f64[] = {
    0x1.5555555555556p-3, 0x1.11111111110a6p-7, 0x1.a01a01a0289a2p-13, 0x1.71de3a465aed5p-19,
    0x1.ae64671b35e6ep-26, 0x1.611a5614ffdc3p-33, 0x1.b4c75cad38702p-41};

// error 2^-25.8
inline constexpr double atan_tail_f32[] = {
    -0x1.55553ep-2, 0x1.9991fep-3, -0x1.2421b8p-3, 0x1.c09a22p-4, -0x1.5834fep-4, 0x1.dacb6p-5,
    -0x1.fed45ap-6, 0x1.65a99p-7, -0x1.d635a8p-10};

// error 2^-57.4
inline constexpr double atan_tail_f64[] = {
    -0x1.555555555553dp-2, 0x1.99999999957b9p-3, -0x1.24924922a9c66p-3, 0x1.c71c70e4d5f61p-4,
    -0x1.745cf8bccbd92p-4, 0x1.3b11171967d83p-4, -0x1.10eba31326eedp-4, 0x1.df0e2a43ce5e3p-5,
    -0x1.9ccdf01cc8ebep-5, 0x1.37ca0ef4b0013p-5, -0x1.25521e3e9cec3p-6};

// error 2^-26.1
inline constexpr double erfc_ratio_f32[] = {
    0x1.18932cp+0, -0x1.f3fe32p-1, 0x1.8be204p-1, -0x1.14eaaep-1, 0x1.52cab4p-2, -0x1.6466cep-3,
    0x1.38d33ap-4, -0x1.aed1cp-6, 0x1.97515p-8, -0x1.9b60ecp-12, -0x1.8d331p-11};

// error 2^-53.7
inline constexpr double erfc_ratio_f64[] = {
    0x1.18932bf08e154p+0, -0x1.f3fe31ecb49cp-1, 0x1.8be202d26c703p-1, -0x1.14eacb1ad02e2p-1,
    0x1.52cac23710289p-2, -0x1.645fd8a4bf2e6p-3, 0x1.38dbd2c8dc2d4p-4, -0x1.b00c052a9fd38p-6,
    0x1.908f472829381p-8, -0x1.269b55adec83fp-12, -0x1.dd2846a19e35ap-12, 0x1.72cdcd933e60dp-13,
    -0x1.e7e6dcfd6f1c9p-19, -0x1.3c72bf62b45f6p-16, 0x1.3b0818cba83e4p-18, 0x1.7ed05a52b8536p-20,
    -0x1.c633ce9ac878ap-21, -0x1.4eea8a5d40338p-24, 0x1.0a2d4b5a1e929p-23, 0x1.66edc951eaffep-29,
    -0x1.087db39ccdc63p-26, -0x1.a621128860b36p-32, 0x1.17a11e256cc25p-30};

// error 2^-25.9
inline constexpr double sin_pi_tail_f32[] = {
    -0x1.a51a5ap+0, 0x1.9f994cp-1, -0x1.86094cp-3, 0x1.95189ap-6};

// error 2^-54.7
inline constexpr double sin_pi_tail_f64[] = {
    -0x1.a51a6625307d3p+0, 0x1.9f9cb402bc3f2p-1, -0x1.86a8e47208965p-3, 0x1.ac6805cbdb41bp-6,
    -0x1.3381696ce66b4p-9, 0x1.374695b56b48bp-13, -0x1.d3e3367292eecp-18, 0x1.070f50158713ep-22};

// error 2^-24.3
inline constexpr double lgamma_near_two_f32[] = {
    0x1.b0ee6p-2, 0x1.4a34ccp-2, -0x1.13dfecp-4, 0x1.51357ep-6, -0x1.e42476p-8, 0x1.795d26p-9,
    -0x1.34c3b2p-10, 0x1.2abfcep-11, -0x1.1af578p-12};

// error 2^-53.7
inline constexpr double lgamma_near_two_f64[] = {
    0x1.b0ee6072093cep-2, 0x1.4a34cc4a60fa7p-2, -0x1.13e001a557616p-4, 0x1.51322ac7d8009p-6,
    -0x1.e404fc21888aap-8, 0x1.7add6eae558fbp-9, -0x1.38ac5c309c5dcp-10, 0x1.0b36af367fc92p-11,
    -0x1.d3fd4943c8752p-13, 0x1.a127dc2802d9bp-14, -0x1.78defd9f7b3a3p-15, 0x1.5806f52254fa5p-16,
    -0x1.3ca940e1a622dp-17, 0x1.263ea6f42ca03p-18, -0x1.131ce73d3aefap-19, 0x1.ee17947327ea5p-21,
    -0x1.c306a7c06793ap-22, 0x1.2b070549688b1p-22, -0x1.33b57a670b445p-23};

// error 2^-34.2
inline constexpr double stirling_f32[] = {
    0x1.55554ap-4, -0x1.6a7fe2p-9};

// error 2^-67.2
inline constexpr double stirling_f64[] = {
    0x1.5555555555554p-4, -0x1.6c16c16bed44cp-9, 0x1.a019fe0c0a0a7p-11, -0x1.380adf9e0eeb9p-11,
    0x1.afd68afb2a461p-11};

// error 2^-33.5
inline constexpr double digamma_tail_f32[] = {
    0x1.555552p-4, -0x1.10f5a4p-7, 0x1.ecdf9p-9};

// error 2^-64.3
inline constexpr double digamma_tail_f64[] = {
    0x1.5555555555555p-4, -0x1.111111110dd12p-7, 0x1.041040edf0791p-8, -0x1.1110ed459ee9ep-8,
    0x1.f05cff6671af2p-8, -0x1.55d40026d8bfep-6, 0x1.179b2b64d01ap-4};

inline constexpr double ln2_parts_f32[] = {
    0x1.62e4p-1, 0x1.7f7d1cp-20};

inline constexpr double ln2_parts_f64[] = {
    0x1.62e42fefa4p-1, -0x1.8432a1b0e2634p-43};

inline constexpr double two_thirds_f32[] = {
    0x1.555556p-1, -0x1.555556p-26};

inline constexpr double two_thirds_f64[] = {
    0x1.5555555555555p-1, 0x1.5555555555555p-55};

inline constexpr double half_log_two_pi[] = {
    0x1.d67f1c864beb5p-1};

inline constexpr double ln2_f32[] = {
    0x1.62e43p-1, -0x1.05c61p-29};

inline constexpr double ln2_f64[] = {
    0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56};

inline constexpr double half_pi_f32[] = {
    0x1.921fb6p+0, -0x1.777a5cp-25};

inline constexpr double half_pi_f64[] = {
    0x1.921fb54442d18p+0, 0x1.1a62633145c07p-54};

inline constexpr double two_over_pi_f64[] = {
    0x1.45f306dc9c882p-1, 0x1.4a7f09d5f47d4p-1, 0x1.a6ee06db14accp-1, 0x1.3c439041fe516p-1,
    0x1.d5ef5de2b0db8p-3, 0x1.2371d2126e97p-2, 0x1.924bba82746p-8, 0x1.21cfe1deb1cb1p-1,
    0x1.4d39f74411af8p-3, 0x1.4baed1213a671p-1, 0x1.8135a2fbf209cp-1, 0x1.91d639835339fp-1,
    0x1.272117e2ef7e4p-2, 0x1.41d8ffc4bffeep-2, 0x1.02cc07f79788cp-1, 0x1.6b414da3eda6cp-2,
    0x1.fb3c9f2c26dd2p-2, 0x1.d18fd9a797fa8p-1, 0x1.6ba93dd63f5f2p-1, 0x1.f17b3d0739f78p-1,
    0x1.4a525d4d7f6bfp-1, 0x1.88fc6ae842bp-2, 0x1.98237e3db5d5fp-1};

inline constexpr double two_over_pi_f32[] = {
    0x1.45f306dc9c883p-1, -0x1.6b01ec5417056p-55, 0x1.b727220a94fe1p-23, 0x1.d5f47d4d37703p-78,
    0x1.1054a7f09d5f4p-42, 0x1.f534ddc0db629p-96, 0x1.fc2757d1f534ep-64, -0x1.1f924eb53361ep-119,
    0x1.7d1f534ddc0dbp-84, 0x1.8a5664f10e41p-138};

} // namespace nnc::math
