package org.ccl4j.api;

import java.nio.ByteBuffer;

/**
 * A range of elements in a device's memory: an allocation of {@link Device#allocate}, memory of
 * somebody else from {@link Device#wrap}, or a {@linkplain #slice part} of either.
 *
 * <p>Copies are enqueued on a stream of the buffer's device. Those between the device and a direct
 * {@link ByteBuffer} are asynchronous: the host memory must stay unchanged and reachable until the
 * stream has passed the copy. Those with Java arrays are finished with the array when they return.
 */
public interface DeviceBuffer extends AutoCloseable {

  /**
   * The device whose memory this is.
   *
   * @return the handle through which it was allocated or wrapped
   */
  Device device();

  /**
   * The device address of the first element, for libraries that take a pointer. It cannot be read
   * through from Java.
   *
   * @return the address; 0 when the count is 0
   */
  long address();

  /**
   * The element type.
   *
   * @return the type
   */
  DataType type();

  /**
   * The number of elements.
   *
   * @return 0 or more
   */
  long count();

  /**
   * The size in bytes: {@link #count()} times the size of an element.
   *
   * @return 0 or more
   */
  default long byteSize() {
    return count() * type().byteSize();
  }

  /**
   * A part of this buffer. It shares the memory and closes with it; closing the part alone does
   * nothing.
   *
   * @param offset the first element of the part
   * @param count the number of elements
   * @return the part
   * @throws CclUsageException {@link ErrorCode#OUT_OF_RANGE} when the part does not lie within this
   *     buffer
   */
  DeviceBuffer slice(long offset, long count);

  /**
   * The same memory with elements of another type. It closes with this buffer; closing the view
   * alone does nothing.
   *
   * @param type the other type; its size must divide {@link #byteSize()}
   * @return the view
   * @throws CclUsageException {@link ErrorCode#INVALID_ARGUMENT} when the size is not a whole
   *     number of such elements
   */
  DeviceBuffer as(DataType type);

  /**
   * Enqueues a copy from the host: the bytes from position to limit go to the start of this buffer
   * ({@code cudaMemcpyAsync}). Position and limit of the host buffer do not change. Byte order is
   * that of the machine.
   *
   * @param host a direct buffer with at most {@link #byteSize()} bytes remaining
   * @param stream a stream of this buffer's device
   * @throws CclUsageException {@link ErrorCode#INVALID_HOST_BUFFER} when it is not direct or holds
   *     too much
   */
  void copyFrom(ByteBuffer host, Stream stream);

  /**
   * Enqueues a copy to the host: the first bytes of this buffer fill the host buffer from position
   * to limit ({@code cudaMemcpyAsync}). Position and limit do not change. The bytes are there once
   * the stream has passed the copy.
   *
   * @param host a direct, writable buffer with at most {@link #byteSize()} bytes remaining
   * @param stream a stream of this buffer's device
   * @throws CclUsageException {@link ErrorCode#INVALID_HOST_BUFFER} when it is not direct,
   *     read-only or asks for too much
   */
  void copyTo(ByteBuffer host, Stream stream);

  /**
   * Enqueues a copy of another buffer of the same device to the start of this one ({@code
   * cudaMemcpyAsync}).
   *
   * @param source a buffer of the same type, at most as long as this one, that does not overlap it
   * @param stream a stream of this buffer's device
   */
  void copyFrom(DeviceBuffer source, Stream stream);

  /**
   * Enqueues that every byte is set to a value ({@code cudaMemsetAsync}).
   *
   * @param value the byte
   * @param stream a stream of this buffer's device
   */
  void fill(byte value, Stream stream);

  /**
   * Enqueues a copy of an array to the start of this buffer. The array may be changed as soon as
   * this returns.
   *
   * @param host at most {@link #count()} elements; this buffer must be FLOAT32
   * @param stream a stream of this buffer's device, not while it is captured
   * @throws CclUsageException {@link ErrorCode#TYPE_MISMATCH} or {@link ErrorCode#BUFFER_TOO_SMALL}
   */
  void copyFrom(float[] host, Stream stream);

  /**
   * Fills an array from the start of this buffer and waits for it, at most as long as {@code
   * ccl.wait.timeout} says.
   *
   * @param host at most {@link #count()} elements; this buffer must be FLOAT32
   * @param stream a stream of this buffer's device, not while it is captured
   * @throws CclUsageException {@link ErrorCode#TYPE_MISMATCH} or {@link ErrorCode#BUFFER_TOO_SMALL}
   * @throws CclTimeoutException {@link ErrorCode#WAIT_TIMEOUT} when the stream did not get there in
   *     time
   */
  void copyTo(float[] host, Stream stream);

  /**
   * Enqueues a copy of an array to the start of this buffer. The array may be changed as soon as
   * this returns.
   *
   * @param host at most {@link #count()} elements; this buffer must be FLOAT64
   * @param stream a stream of this buffer's device, not while it is captured
   * @throws CclUsageException {@link ErrorCode#TYPE_MISMATCH} or {@link ErrorCode#BUFFER_TOO_SMALL}
   */
  void copyFrom(double[] host, Stream stream);

  /**
   * Fills an array from the start of this buffer and waits for it, at most as long as {@code
   * ccl.wait.timeout} says.
   *
   * @param host at most {@link #count()} elements; this buffer must be FLOAT64
   * @param stream a stream of this buffer's device, not while it is captured
   * @throws CclUsageException {@link ErrorCode#TYPE_MISMATCH} or {@link ErrorCode#BUFFER_TOO_SMALL}
   * @throws CclTimeoutException {@link ErrorCode#WAIT_TIMEOUT} when the stream did not get there in
   *     time
   */
  void copyTo(double[] host, Stream stream);

  /**
   * Enqueues a copy of an array to the start of this buffer. The array may be changed as soon as
   * this returns.
   *
   * @param host at most {@link #count()} elements; this buffer must be INT32 or UINT32
   * @param stream a stream of this buffer's device, not while it is captured
   * @throws CclUsageException {@link ErrorCode#TYPE_MISMATCH} or {@link ErrorCode#BUFFER_TOO_SMALL}
   */
  void copyFrom(int[] host, Stream stream);

  /**
   * Fills an array from the start of this buffer and waits for it, at most as long as {@code
   * ccl.wait.timeout} says.
   *
   * @param host at most {@link #count()} elements; this buffer must be INT32 or UINT32
   * @param stream a stream of this buffer's device, not while it is captured
   * @throws CclUsageException {@link ErrorCode#TYPE_MISMATCH} or {@link ErrorCode#BUFFER_TOO_SMALL}
   * @throws CclTimeoutException {@link ErrorCode#WAIT_TIMEOUT} when the stream did not get there in
   *     time
   */
  void copyTo(int[] host, Stream stream);

  /**
   * Enqueues a copy of an array to the start of this buffer. The array may be changed as soon as
   * this returns.
   *
   * @param host at most {@link #count()} elements; this buffer must be INT64 or UINT64
   * @param stream a stream of this buffer's device, not while it is captured
   * @throws CclUsageException {@link ErrorCode#TYPE_MISMATCH} or {@link ErrorCode#BUFFER_TOO_SMALL}
   */
  void copyFrom(long[] host, Stream stream);

  /**
   * Fills an array from the start of this buffer and waits for it, at most as long as {@code
   * ccl.wait.timeout} says.
   *
   * @param host at most {@link #count()} elements; this buffer must be INT64 or UINT64
   * @param stream a stream of this buffer's device, not while it is captured
   * @throws CclUsageException {@link ErrorCode#TYPE_MISMATCH} or {@link ErrorCode#BUFFER_TOO_SMALL}
   * @throws CclTimeoutException {@link ErrorCode#WAIT_TIMEOUT} when the stream did not get there in
   *     time
   */
  void copyTo(long[] host, Stream stream);

  /**
   * Enqueues a copy of an array to the start of this buffer. The array may be changed as soon as
   * this returns.
   *
   * @param host at most {@link #count()} elements; this buffer must be FLOAT16 or BFLOAT16
   * @param stream a stream of this buffer's device, not while it is captured
   * @throws CclUsageException {@link ErrorCode#TYPE_MISMATCH} or {@link ErrorCode#BUFFER_TOO_SMALL}
   */
  void copyFrom(short[] host, Stream stream);

  /**
   * Fills an array from the start of this buffer and waits for it, at most as long as {@code
   * ccl.wait.timeout} says.
   *
   * @param host at most {@link #count()} elements; this buffer must be FLOAT16 or BFLOAT16
   * @param stream a stream of this buffer's device, not while it is captured
   * @throws CclUsageException {@link ErrorCode#TYPE_MISMATCH} or {@link ErrorCode#BUFFER_TOO_SMALL}
   * @throws CclTimeoutException {@link ErrorCode#WAIT_TIMEOUT} when the stream did not get there in
   *     time
   */
  void copyTo(short[] host, Stream stream);

  /**
   * Enqueues a copy of an array to the start of this buffer. The array may be changed as soon as
   * this returns.
   *
   * @param host at most {@link #count()} elements; this buffer must be INT8, UINT8, FLOAT8_E4M3 or
   *     FLOAT8_E5M2
   * @param stream a stream of this buffer's device, not while it is captured
   * @throws CclUsageException {@link ErrorCode#TYPE_MISMATCH} or {@link ErrorCode#BUFFER_TOO_SMALL}
   */
  void copyFrom(byte[] host, Stream stream);

  /**
   * Fills an array from the start of this buffer and waits for it, at most as long as {@code
   * ccl.wait.timeout} says.
   *
   * @param host at most {@link #count()} elements; this buffer must be INT8, UINT8, FLOAT8_E4M3 or
   *     FLOAT8_E5M2
   * @param stream a stream of this buffer's device, not while it is captured
   * @throws CclUsageException {@link ErrorCode#TYPE_MISMATCH} or {@link ErrorCode#BUFFER_TOO_SMALL}
   * @throws CclTimeoutException {@link ErrorCode#WAIT_TIMEOUT} when the stream did not get there in
   *     time
   */
  void copyTo(byte[] host, Stream stream);

  /**
   * Frees the memory ({@code cudaFree}) where this buffer was made by {@link Device#allocate};
   * otherwise just ends the use of this object. Work that is already enqueued still finds the
   * memory. Idempotent.
   */
  @Override
  void close();
}
