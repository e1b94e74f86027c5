/**
 * Trains on Lyceum: virtual machines with GPUs over SSH.
 *
 * @since 0.1.0
 */
export {}
