/**
 * Calls into C: libraries, functions and memory as numbers. The only package that knows JNA.
 *
 * <p>Functions are called by their address. On every JVM that goes through {@code Native.ffi_call}
 * on frames of arguments that are made once and used again: against direct mapping it takes half
 * the time, needs no class per library, and turns a missing symbol into a function that reports
 * {@link org.ccl4j.spi.StatusCode#UNSUPPORTED}. JVMs from 22 on have {@code java.lang.foreign},
 * which takes a tenth of that. None of them allocates.
 */
@NullMarked
package org.ccl4j.jna.sys;

import org.jspecify.annotations.NullMarked;
