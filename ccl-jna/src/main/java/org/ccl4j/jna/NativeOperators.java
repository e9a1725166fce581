package org.ccl4j.jna;

import java.nio.ByteBuffer;
import org.ccl4j.api.DataType;
import org.ccl4j.jna.sys.Cells;
import org.ccl4j.spi.Result;
import org.ccl4j.spi.StatusCode;

/** The operators that a communicator makes: a scalar before the sum. */
final class NativeOperators {
  private static final int HOST_SCALAR = 1;
  private static final int DEVICE_SCALAR = 0;

  private final CollectiveLibrary library;
  private final Progress progress;
  private final long handle;
  private final int size;

  NativeOperators(CollectiveLibrary library, Progress progress, long handle, int size) {
    this.library = library;
    this.progress = progress;
    this.handle = handle;
    this.size = size;
  }

  Result<Integer> createPreMulSum(DataType type, ByteBuffer scalar) {
    return createPreMulSum(type, Cells.addressOf(scalar), HOST_SCALAR);
  }

  Result<Integer> createPreMulSum(DataType type, long scalarAddress) {
    return createPreMulSum(type, scalarAddress, DEVICE_SCALAR);
  }

  private Result<Integer> createPreMulSum(DataType type, long address, int residence) {
    if (size == 1 && type.byteSize() == 1 && type.isFloatingPoint()) {
      return Result.failed(StatusCode.UNSUPPORTED); // see NativeCommunicator.operator(int)
    }
    try (Cells out = new Cells(Integer.BYTES)) {
      int status =
          library.redOpCreatePreMulSum.call(
              out.address(), address, EnumCodes.of(type), residence, handle);
      status = progress.completed(status);
      return status == StatusCode.OK ? Result.of(out.getInt(0)) : Result.failed(status);
    }
  }

  int destroy(int op) {
    return progress.completed(library.redOpDestroy.call(op, handle));
  }
}
