package org.ccl4j.junit;

/**
 * What every rank does. Written as if each rank were a process: it reads its place from the scope
 * and shares nothing with the other ranks through Java memory; {@code ranks().store()} carries what
 * has to be shared.
 */
@FunctionalInterface
public interface RankBody {

  /**
   * Runs on one rank.
   *
   * @param scope what belongs to this rank; closed afterwards
   * @throws Exception whatever goes wrong; it fails the run
   */
  void run(RankScope scope) throws Exception;
}
