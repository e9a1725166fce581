/**
 * Public for technical reasons only: how {@link org.ccl4j.api.Ccl#open()} finds the implementation
 * and how the implementation finds backends. No promise of compatibility is made for anything here.
 */
@NullMarked
package org.ccl4j.api.internal;

import org.jspecify.annotations.NullMarked;
