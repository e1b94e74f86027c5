/**
 * Trains on Vast.ai: instances of its marketplace, on demand and by bid.
 *
 * @since 0.1.0
 */
export {}
