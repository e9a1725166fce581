package org.ccl4j.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A JUnit 5 test whose body runs once on every rank, all at the same time, as {@link RankHarness}
 * does it.
 *
 * <pre>{@code
 * @RankTest(ranks = 4)
 * void sumsOverAllRanks(Communicator communicator, Device device, Stream stream) { ... }
 * }</pre>
 *
 * <p>Parameters are given by type: {@link org.ccl4j.api.Communicator}, {@link
 * org.ccl4j.api.Device}, {@link org.ccl4j.api.Stream}, {@link org.ccl4j.api.RankContext}, {@link
 * org.ccl4j.api.Ccl} and {@link RankScope} are the rank's own. Those of other extensions, such as
 * {@code TestInfo}, are the same object on every rank.
 *
 * <p>{@code @BeforeEach} and {@code @AfterEach} methods run once around all ranks, not once on
 * each, and all ranks see the same test instance. Do not share anything between ranks through its
 * fields: the ranks may one day be processes.
 *
 * <p>The test is aborted, not failed, when the machine has fewer devices than ranks; the simulated
 * backend makes as many as are needed.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.METHOD, ElementType.ANNOTATION_TYPE})
@Test
@ExtendWith(RankExtension.class)
public @interface RankTest {

  /**
   * The number of ranks.
   *
   * @return 1 or more
   */
  int ranks();

  /**
   * How long all bodies together may take, such as {@code 500ms}, {@code 30s} or {@code 5m}.
   *
   * @return the time; empty for what the configuration key {@code ccl.junit.timeout} says
   */
  String timeout() default "";

  /**
   * The backend by name, as in {@link org.ccl4j.api.OpenOptions#withBackend(String)}.
   *
   * @return such as {@code fake}; empty for the normal selection
   */
  String backend() default "";

  /**
   * Configuration for this test alone.
   *
   * @return texts of the form {@code key=value}
   */
  String[] settings() default {};
}
