/**
 * Trains on AWS EC2: on-demand and spot instances.
 *
 * @since 0.1.0
 */
export {}
