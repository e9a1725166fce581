package org.ccl4j.rccl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Set;
import org.ccl4j.api.Capability;
import org.ccl4j.api.DataType;
import org.ccl4j.api.ProbeResult;
import org.ccl4j.spi.BackendCommunicator;
import org.ccl4j.stub.StubControl;
import org.ccl4j.stub.StubFixture;
import org.ccl4j.stub.StubLibrary;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Calls that AMD alone has: an all-to-all with counts, and an all-reduce with a bias. */
class AmdCallsTest {
  private static final int RANKS = 3;
  private static final int ELEMENTS = 16;
  private static final int SUM = 0;
  private static final int PROD = 1;
  private static final int AVG = 4;
  private static final int INTERNAL_ERROR = 3;

  private final StubFixture fixture = Stub.of(StubLibrary.RCCL_2_30).open();
  private final List<BackendCommunicator> ranks = fixture.all(0, 1, 2);
  private final long[] streams = new long[RANKS];
  private final long[] send = new long[RANKS];
  private final long[] recv = new long[RANKS];
  private final long[] bias = new long[RANKS];
  private final int violations = StubControl.violations();

  @BeforeEach
  void start() {
    for (int rank = 0; rank < RANKS; rank++) {
      streams[rank] = fixture.stream(rank);
      send[rank] = fixture.memory(rank, ELEMENTS * Integer.BYTES);
      recv[rank] = fixture.memory(rank, ELEMENTS * Integer.BYTES);
      bias[rank] = fixture.memory(rank, ELEMENTS * Integer.BYTES);
    }
  }

  @AfterEach
  void end() {
    for (int rank = 0; rank < RANKS; rank++) {
      fixture.await(rank, streams[rank]);
      fixture.end(ranks.get(rank));
      fixture.ok(fixture.devices().destroyStream(rank, streams[rank]));
      for (long address : new long[] {send[rank], recv[rank], bias[rank]}) {
        fixture.ok(fixture.devices().free(rank, address));
      }
    }
    fixture.close();
    assertEquals(violations, StubControl.violations(), StubControl.lastViolation());
  }

  private static ByteBuffer host() {
    return ByteBuffer.allocateDirect(ELEMENTS * Integer.BYTES).order(ByteOrder.nativeOrder());
  }

  private void upload(int rank, long address, int... values) {
    ByteBuffer bytes = host();
    bytes.asIntBuffer().put(values);
    fixture.ok(fixture.devices().copyToDevice(rank, address, bytes, streams[rank]));
    fixture.await(rank, streams[rank]);
  }

  private int[] download(int rank, long address, int count) {
    ByteBuffer bytes = host();
    fixture.ok(fixture.devices().copyToHost(rank, bytes, address, streams[rank]));
    fixture.await(rank, streams[rank]);
    int[] values = new int[count];
    bytes.asIntBuffer().get(values);
    return values;
  }

  /** Rank r sends 1 + (r + peer) % 2 elements to each peer, with one unused element before each. */
  private int allToAllV(int rank, long[] counts, long[] offsets) {
    for (int peer = 0; peer < RANKS; peer++) {
      counts[peer] = 1L + (rank + peer) % 2;
      offsets[peer] = 1 + 3L * peer;
    }
    return ranks
        .get(rank)
        .allToAllV(
            send[rank],
            counts,
            offsets,
            recv[rank],
            counts,
            offsets,
            DataType.INT32,
            streams[rank]);
  }

  private void uploadParts(int rank) {
    int own = 100 * rank;
    upload(rank, send[rank], -1, own, own + 1, -1, own + 10, own + 11, -1, own + 20, own + 21, -1);
    upload(rank, recv[rank], new int[ELEMENTS]);
  }

  private void assertPartsArrived() {
    assertArrayEquals(
        new int[] {0, 0, 0, 0, 100, 101, 0, 200, 0, 0}, download(0, recv[0], 10), "rank 0");
    assertArrayEquals(
        new int[] {0, 10, 11, 0, 110, 0, 0, 210, 211, 0}, download(1, recv[1], 10), "rank 1");
    assertArrayEquals(
        new int[] {0, 20, 0, 0, 120, 121, 0, 220, 0, 0}, download(2, recv[2], 10), "rank 2");
  }

  @Test
  void theLibraryIsAskedForThemByTheirNames() {
    Set<Capability> both = Set.of(Capability.NATIVE_ALL_TO_ALL_V, Capability.ALL_REDUCE_BIAS);
    assertTrue(capabilities(StubLibrary.RCCL_2_30).containsAll(both));
    assertTrue(capabilities(StubLibrary.RCCL_2_21).contains(Capability.NATIVE_ALL_TO_ALL_V));
    assertFalse(capabilities(StubLibrary.RCCL_2_21).contains(Capability.ALL_REDUCE_BIAS));
  }

  private static Set<Capability> capabilities(StubLibrary library) {
    return ((ProbeResult.Available) new RcclBackendProvider().probe(Stub.of(library).settings()))
        .capabilities();
  }

  @Test
  void partsOfDifferentLengthsArriveWhereTheyShould() {
    for (int rank = 0; rank < RANKS; rank++) {
      uploadParts(rank);
    }
    for (int rank = 0; rank < RANKS; rank++) {
      // Longer than there are ranks, which is allowed.
      fixture.ok(allToAllV(rank, new long[RANKS + 1], new long[RANKS + 2]));
    }
    assertPartsArrived();
  }

  @Test
  void theArraysAreTheCallersAgainInsideAGroup() {
    for (int rank = 0; rank < RANKS; rank++) {
      uploadParts(rank);
    }
    long[] counts = new long[RANKS];
    long[] offsets = new long[RANKS];
    fixture.ok(fixture.backend().groupStart());
    for (int rank = 0; rank < RANKS; rank++) {
      fixture.ok(allToAllV(rank, counts, offsets));
    }
    fixture.ok(fixture.backend().groupEnd());
    assertPartsArrived();
  }

  /** The library reads as many entries of each table as there are ranks, whoever knows that. */
  @Test
  void partsAreRefusedWhereTheLibraryDidNotSayHowManyRanksThereAre() {
    StubControl.configure("fail", "ncclCommCount:1:" + INTERNAL_ERROR);
    BackendCommunicator unknown = fixture.all(RANKS).get(0);
    long stream = fixture.stream(RANKS);
    long memory = fixture.memory(RANKS, 2 * Long.BYTES);
    long[] one = {1};
    long[] start = {0};

    assertEquals(
        INTERNAL_ERROR,
        unknown.allToAllV(
            memory, one, start, memory + Long.BYTES, one, start, DataType.INT64, stream));

    fixture.await(RANKS, stream);
    fixture.end(unknown);
    fixture.ok(fixture.devices().destroyStream(RANKS, stream));
    fixture.ok(fixture.devices().free(RANKS, memory));
  }

  @Test
  void theBiasIsCombinedByTheOperator() {
    for (int op : new int[] {SUM, PROD, AVG}) {
      for (int rank = 0; rank < RANKS; rank++) {
        upload(rank, send[rank], 1 + rank, 5, -7);
        upload(rank, bias[rank], 10, 20, 30);
      }
      for (int rank = 0; rank < RANKS; rank++) {
        fixture.ok(
            ranks
                .get(rank)
                .allReduceWithBias(
                    send[rank], recv[rank], bias[rank], 3, DataType.INT32, op, streams[rank]));
      }
      int[] expected =
          switch (op) {
            case SUM -> new int[] {16, 35, 9};
            case PROD -> new int[] {60, 2500, -10_290};
            default -> new int[] {12, 25, 23};
          };
      for (int rank = 0; rank < RANKS; rank++) {
        assertArrayEquals(expected, download(rank, recv[rank], 3), "operator " + op);
      }
    }
  }
}
