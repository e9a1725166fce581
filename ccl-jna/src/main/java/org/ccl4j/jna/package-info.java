/**
 * Backends over a C library of the collective family and the device runtime beside it, written once
 * and driven by a vendor's descriptor.
 */
@NullMarked
package org.ccl4j.jna;

import org.jspecify.annotations.NullMarked;
