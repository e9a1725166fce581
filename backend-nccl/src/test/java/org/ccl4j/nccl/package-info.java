@NullMarked
package org.ccl4j.nccl;

import org.jspecify.annotations.NullMarked;
