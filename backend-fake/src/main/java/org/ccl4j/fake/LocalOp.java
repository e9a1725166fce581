package org.ccl4j.fake;

/** A copy or fill: work that needs no other rank. */
final class LocalOp extends Op {
  /** Moves a range of the whole, given in bytes. */
  interface Body {
    void run(long from, long length);
  }

  private final String what;
  private final int device;
  private final LocalWork work;

  LocalOp(String what, int device, long bytes, Body body) {
    this.what = what;
    this.device = device;
    work = new LocalWork(bytes, body);
  }

  @Override
  boolean start(Scheduler scheduler) {
    scheduler.makeReady(work);
    return false;
  }

  @Override
  boolean isUnderWay() {
    return true;
  }

  @Override
  String describe() {
    return what + " of " + work.bytes + " bytes on device " + device;
  }

  private final class LocalWork extends Work {
    private final long bytes;
    private final Body body;

    LocalWork(long bytes, Body body) {
      super((bytes + CHUNK_BYTES - 1) / CHUNK_BYTES);
      this.bytes = bytes;
      this.body = body;
    }

    @Override
    void run(int chunk) {
      long from = (long) chunk * CHUNK_BYTES;
      body.run(from, Math.min(CHUNK_BYTES, bytes - from));
    }

    @Override
    void completed(Scheduler scheduler) {
      scheduler.complete(LocalOp.this);
    }

    @Override
    void failed(Scheduler scheduler, Throwable cause) {
      // Nothing but a defect of the fake gets here: ranges were checked when the operation was
      // enqueued.
      System.getLogger("org.ccl4j.fake")
          .log(System.Logger.Level.ERROR, describe() + " failed", cause);
    }
  }
}
