/**
 * What a job will really cost on every cloud: a dated snapshot of prices, and a pure comparison. Runs in Node and in a browser.
 *
 * @since 0.1.0
 */
export {}
