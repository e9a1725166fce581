package org.ccl4j.jna.search;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class SharedMemoryAdviceTest {
  @Test
  void aComplaintAboutSharedMemoryGetsTheNumbersAndTheRemedy() {
    String said = "Error while creating shared memory segment /dev/shm/nccl-x (size 9637888)";

    String advised = SharedMemoryAdvice.to(said);

    assertTrue(advised.startsWith(said + " (/dev/shm has "), advised);
    assertTrue(advised.matches(".* has \\d+ MiB, of which \\d+ MiB are free; .*"), advised);
    assertTrue(advised.endsWith("--shm-size=1g)"), advised);
  }

  @Test
  void otherComplaintsStayAsTheyAre() {
    assertEquals("Cuda failure 2", SharedMemoryAdvice.to("Cuda failure 2"));
    assertEquals("", SharedMemoryAdvice.to(""));
  }
}
