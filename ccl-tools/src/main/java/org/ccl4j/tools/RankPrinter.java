package org.ccl4j.tools;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.ccl4j.bootstrap.JobObserver;
import org.jspecify.annotations.Nullable;

/**
 * Carries what the ranks of a job print to the terminal, each line with its rank in front. Lines of
 * several ranks follow each other and never mix; apart from the prefix every byte stays as it is.
 */
class RankPrinter implements JobObserver {
  /** A line is held back until it is whole, but no further than this. */
  static final int LONGEST_LINE = 1 << 16;

  private final OutputStream out;
  private final OutputStream err;
  private final @Nullable RankLogs logs;
  private final Map<String, Lines> lines = new ConcurrentHashMap<>();

  RankPrinter(OutputStream out, OutputStream err, @Nullable RankLogs logs) {
    this.out = out;
    this.err = err;
    this.logs = logs;
  }

  @Override
  public void output(int rank, boolean isError, byte[] bytes, int length) {
    of(rank, isError).add(bytes, length);
  }

  @Override
  public void outputEnded(int rank, boolean isError) {
    of(rank, isError).end();
  }

  private Lines of(int rank, boolean isError) {
    return lines.computeIfAbsent(rank + (isError ? " err" : " out"), k -> new Lines(rank, isError));
  }

  /** Both streams of all ranks in turn: they may well be the same terminal. */
  private synchronized void print(boolean isError, ByteArrayOutputStream whole) {
    try {
      OutputStream to = isError ? err : out;
      whole.writeTo(to);
      to.flush();
    } catch (IOException e) {
      // Nobody reads any more, which is no reason to end a job of hours.
    }
  }

  /** What one rank prints to one stream; used by one thread. */
  private final class Lines {
    private final int rank;
    private final boolean isError;
    private final byte[] prefix;
    private final ByteArrayOutputStream pending = new ByteArrayOutputStream();
    private final ByteArrayOutputStream prefixed = new ByteArrayOutputStream();
    private final ByteArrayOutputStream plain = new ByteArrayOutputStream();

    Lines(int rank, boolean isError) {
      this.rank = rank;
      this.isError = isError;
      this.prefix = ("[rank " + rank + "] ").getBytes(US_ASCII);
    }

    void add(byte[] bytes, int length) {
      int from = 0;
      for (int i = 0; i < length; i++) {
        if (bytes[i] == '\n') {
          pending.write(bytes, from, i - from);
          endLine();
          from = i + 1;
        } else if (pending.size() + i - from >= LONGEST_LINE) {
          pending.write(bytes, from, i - from);
          endLine();
          from = i;
        }
      }
      pending.write(bytes, from, length - from);
      print();
    }

    void end() {
      if (pending.size() > 0) {
        endLine();
        print();
      }
    }

    private void endLine() {
      prefixed.writeBytes(prefix);
      prefixed.writeBytes(pending.toByteArray());
      prefixed.write('\n');
      plain.writeBytes(pending.toByteArray());
      plain.write('\n');
      pending.reset();
    }

    private void print() {
      if (prefixed.size() > 0) {
        RankPrinter.this.print(isError, prefixed);
        if (logs != null) {
          logs.write(rank, plain);
        }
        prefixed.reset();
        plain.reset();
      }
    }
  }
}
