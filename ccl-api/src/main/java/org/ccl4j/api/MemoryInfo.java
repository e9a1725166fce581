package org.ccl4j.api;

/**
 * The memory of a device at one moment ({@code cudaMemGetInfo}).
 *
 * @param free bytes that can still be allocated
 * @param total bytes in all
 */
public record MemoryInfo(long free, long total) {}
