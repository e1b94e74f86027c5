/**
 * Trains on RunPod: pods of the secure and the community cloud.
 *
 * @since 0.1.0
 */
export {}
