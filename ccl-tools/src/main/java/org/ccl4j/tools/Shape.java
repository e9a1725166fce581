package org.ccl4j.tools;

/**
 * Who takes part in one operation, seen from one rank.
 *
 * @param rank this rank
 * @param ranks the number of ranks
 * @param root the root; -1 where the operation has none
 */
record Shape(int rank, int ranks, int root) {
  boolean isRoot() {
    return rank == root;
  }
}
