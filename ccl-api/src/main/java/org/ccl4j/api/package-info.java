/**
 * What an application or a library that runs collectives holds in its hands.
 *
 * <p>A program opens a {@link org.ccl4j.api.Ccl}, which carries exactly one backend (NVIDIA NCCL,
 * AMD RCCL, Moore Threads MCCL or the fake on the CPU), asks it for {@linkplain
 * org.ccl4j.api.Device devices}, joins a {@linkplain org.ccl4j.api.Communicator communicator} with
 * the other ranks and enqueues collectives on {@linkplain org.ccl4j.api.Stream streams}. Nothing
 * here names a vendor; which library does the work is decided by the class path.
 *
 * <p>Shared vocabulary, used with one meaning everywhere:
 *
 * <ul>
 *   <li><b>rank</b>: the place of a participant in a communicator, 0 to size - 1;
 *   <li><b>root</b>: the one rank that a rooted collective starts from or ends at; <b>peer</b>: the
 *       other rank of a send or receive;
 *   <li><b>count</b>: a number of <em>elements</em>, never bytes;
 *   <li><b>enqueue</b>: to place work on a stream and return; the work is done when the stream
 *       reaches it;
 *   <li><b>in place</b>: the send and the receive buffer share memory in the one way the
 *       operation's javadoc allows.
 * </ul>
 *
 * <p>Every failure is a {@link org.ccl4j.api.CclException}: a {@link
 * org.ccl4j.api.CclUsageException} is found before anything is launched and costs nothing but the
 * call.
 */
@NullMarked
package org.ccl4j.api;

import org.jspecify.annotations.NullMarked;
