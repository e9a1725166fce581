/**
 * The backend of docs/writing-a-backend.md: one device, one rank, everything done at the moment of
 * the call.
 */
@NullMarked
package org.ccl4j.examples.solo;

import org.jspecify.annotations.NullMarked;
