/** A library of the NCCL family that there is not: its backend is a descriptor and a provider. */
@NullMarked
package org.ccl4j.examples.acme;

import org.jspecify.annotations.NullMarked;
