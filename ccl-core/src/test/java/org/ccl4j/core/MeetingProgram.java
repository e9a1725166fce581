package org.ccl4j.core;

import java.time.Duration;
import org.ccl4j.api.Ccl;
import org.ccl4j.api.CclException;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.ConnectOptions;
import org.ccl4j.api.RankContext;
import org.ccl4j.api.config.Settings;

/** A rank that is a process: meets the others over the store that its variables name, and ends. */
final class MeetingProgram {
  static final int REFUSED = 3;

  private MeetingProgram() {}

  /**
   * Says how it went in one line.
   *
   * @param args timeout in milliseconds, ordinal of the device, machine of the device
   */
  @SuppressWarnings("SystemOut")
  public static void main(String[] args) {
    StubBackend stub = new StubBackend();
    stub.machine = args[2];
    Duration timeout = Duration.ofMillis(Long.parseLong(args[0]));
    int status = 0;
    try (RankContext ranks = RankContext.fromEnvironment(Settings.system(), timeout);
        Ccl ccl = stub.open()) {
      Communicator comm =
          ccl.connect(
              ccl.device(Integer.parseInt(args[1])),
              ranks,
              ConnectOptions.DEFAULT.withTimeout(timeout));
      System.out.println("met as rank " + comm.rank() + " of " + comm.size() + " " + comm.name());
    } catch (CclException e) {
      System.out.println(e.getMessage().replace('\n', ' '));
      status = REFUSED;
    }
    System.exit(status);
  }
}
