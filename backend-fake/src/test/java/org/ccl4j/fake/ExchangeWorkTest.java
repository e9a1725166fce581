package org.ccl4j.fake;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Objects;
import org.ccl4j.api.DataType;
import org.junit.jupiter.api.Test;

class ExchangeWorkTest {
  private static final int CHUNKS = 2;
  private static final long COUNT = (long) CHUNKS * Work.CHUNK_BYTES / Integer.BYTES;

  private final World world = World.ofThreads("w", new byte[Rendezvous.KEY_BYTES], 1);
  private final Member member = world.enter(0, new Engine());

  private Part begun(long count) throws IOException {
    long bytes = count * Integer.BYTES;
    Span send = new Span(Medium.THREADS.allocate(0, 0, bytes), 0);
    Span recv = new Span(Medium.THREADS.allocate(0, 0, bytes), 0);
    Part part =
        new Part(
            member,
            new Call(
                Kind.ALL_REDUCE,
                send,
                recv,
                null,
                count,
                DataType.INT32,
                Ops.SUM,
                -1,
                null,
                Call.UNTUNED));
    part.join(true);
    part.start();
    return part;
  }

  @Test
  void whoComesLateClaimsNothingOfTheCallThatHasTheSlotNow() throws IOException {
    Part first = begun(COUNT);
    assertFalse(first.poll());
    Work late = Objects.requireNonNull(first.work());
    for (int i = 0; i < CHUNKS; i++) {
      assertTrue(late.help());
    }
    assertTrue(first.poll());
    for (int i = 1; i < Layout.DEPTH; i++) {
      assertTrue(begun(1).poll());
    }
    Part second = begun(COUNT);
    assertEquals(first.header(0), second.header(0), "the same slot");
    assertFalse(second.poll());
    assertFalse(late.help());
    Work work = Objects.requireNonNull(second.work());
    for (int i = 0; i < CHUNKS; i++) {
      assertFalse(second.poll());
      assertTrue(work.help());
    }
    assertTrue(second.poll());
  }
}
