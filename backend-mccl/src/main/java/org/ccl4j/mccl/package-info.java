/** The backend {@code moorethreads/mccl}. */
@NullMarked
package org.ccl4j.mccl;

import org.jspecify.annotations.NullMarked;
