/**
 * Calls into C: libraries, functions and memory as numbers. The only package that knows JNA.
 *
 * <p>Functions are called through {@code Native.ffi_call} on frames of arguments that are made once
 * and used again. Against direct mapping that takes less time, needs no class per library, and
 * turns a missing symbol into a function that reports {@link org.ccl4j.spi.StatusCode#UNSUPPORTED};
 * neither allocates.
 */
@NullMarked
package org.ccl4j.jna.sys;

import org.jspecify.annotations.NullMarked;
