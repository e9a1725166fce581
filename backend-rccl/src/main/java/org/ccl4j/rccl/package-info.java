/** The backend {@code amd/rccl}. */
@NullMarked
package org.ccl4j.rccl;

import org.jspecify.annotations.NullMarked;
