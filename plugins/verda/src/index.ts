/**
 * Trains on Verda: instances with GPUs, on demand and spot.
 *
 * @since 0.1.0
 */
export {}
