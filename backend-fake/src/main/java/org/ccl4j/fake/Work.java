package org.ccl4j.fake;

/**
 * Bytes to be moved or combined, cut into chunks that are independent of each other. Any thread
 * that waits for anything may claim a chunk and do it.
 */
interface Work {
  /** Small enough to share out, large enough that claiming costs nothing: 64 KiB of one operand. */
  int CHUNK_BYTES = 1 << 16;

  /** Does one chunk, without the lock; false when all have been claimed. */
  boolean help();

  /** Whether all chunks have been claimed, as far as is known. */
  boolean isExhausted();
}
