package org.ccl4j.tools;

/** Shows how far a piece of work is, where somebody watches. */
interface ProgressMeter {
  /** Shows nothing. */
  ProgressMeter NONE =
      new ProgressMeter() {
        @Override
        public void start(String label, long work) {}

        @Override
        public void advance(long work) {}

        @Override
        public void end() {}
      };

  /** Work begins, of this amount in all. */
  void start(String label, long work);

  /** Some of the work is done. Outside of a piece of work it means nothing. */
  void advance(long work);

  /** The work is done or given up; nothing of the display is left. Idempotent. */
  void end();
}
