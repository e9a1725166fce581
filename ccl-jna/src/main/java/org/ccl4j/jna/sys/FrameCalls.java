package org.ccl4j.jna.sys;

/** Through JNA's {@code ffi_call}, on every JVM. */
final class FrameCalls extends Calls {
  @Override
  long call(CFunction f) {
    Frame frame = Frame.take();
    long result = frame.invoke(f.address(), 0);
    frame.release();
    return result;
  }

  @Override
  long call(CFunction f, long a0) {
    Frame frame = Frame.take().with(0, a0);
    long result = frame.invoke(f.address(), 1);
    frame.release();
    return result;
  }

  @Override
  long call(CFunction f, long a0, long a1) {
    Frame frame = Frame.take().with(0, a0).with(1, a1);
    long result = frame.invoke(f.address(), 2);
    frame.release();
    return result;
  }

  @Override
  long call(CFunction f, long a0, long a1, long a2) {
    Frame frame = Frame.take().with(0, a0).with(1, a1).with(2, a2);
    long result = frame.invoke(f.address(), 3);
    frame.release();
    return result;
  }

  @Override
  long call(CFunction f, long a0, long a1, long a2, long a3) {
    Frame frame = Frame.take().with(0, a0).with(1, a1).with(2, a2).with(3, a3);
    long result = frame.invoke(f.address(), 4);
    frame.release();
    return result;
  }

  @Override
  long call(CFunction f, long a0, long a1, long a2, long a3, long a4) {
    Frame frame = Frame.take().with(0, a0).with(1, a1).with(2, a2).with(3, a3).with(4, a4);
    long result = frame.invoke(f.address(), 5);
    frame.release();
    return result;
  }

  @Override
  long call(CFunction f, long a0, long a1, long a2, long a3, long a4, long a5) {
    Frame frame =
        Frame.take().with(0, a0).with(1, a1).with(2, a2).with(3, a3).with(4, a4).with(5, a5);
    long result = frame.invoke(f.address(), 6);
    frame.release();
    return result;
  }

  @Override
  long call(CFunction f, long a0, long a1, long a2, long a3, long a4, long a5, long a6) {
    Frame frame =
        Frame.take()
            .with(0, a0)
            .with(1, a1)
            .with(2, a2)
            .with(3, a3)
            .with(4, a4)
            .with(5, a5)
            .with(6, a6);
    long result = frame.invoke(f.address(), 7);
    frame.release();
    return result;
  }

  @Override
  long call(CFunction f, long a0, long a1, long a2, long a3, long a4, long a5, long a6, long a7) {
    Frame frame =
        Frame.take()
            .with(0, a0)
            .with(1, a1)
            .with(2, a2)
            .with(3, a3)
            .with(4, a4)
            .with(5, a5)
            .with(6, a6)
            .with(7, a7);
    long result = frame.invoke(f.address(), 8);
    frame.release();
    return result;
  }

  @Override
  long call(
      CFunction f,
      long a0,
      long a1,
      long a2,
      long a3,
      long a4,
      long a5,
      long a6,
      long a7,
      long a8) {
    Frame frame =
        Frame.take()
            .with(0, a0)
            .with(1, a1)
            .with(2, a2)
            .with(3, a3)
            .with(4, a4)
            .with(5, a5)
            .with(6, a6)
            .with(7, a7)
            .with(8, a8);
    long result = frame.invoke(f.address(), 9);
    frame.release();
    return result;
  }

  @Override
  long call(
      CFunction f,
      long a0,
      long a1,
      long a2,
      long a3,
      long a4,
      long a5,
      long a6,
      long a7,
      long a8,
      long a9,
      long a10) {
    Frame frame =
        Frame.take()
            .with(0, a0)
            .with(1, a1)
            .with(2, a2)
            .with(3, a3)
            .with(4, a4)
            .with(5, a5)
            .with(6, a6)
            .with(7, a7)
            .with(8, a8)
            .with(9, a9)
            .with(10, a10);
    long result = frame.invoke(f.address(), 11);
    frame.release();
    return result;
  }
}
