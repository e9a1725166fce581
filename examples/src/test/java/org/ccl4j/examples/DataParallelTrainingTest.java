package org.ccl4j.examples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.ccl4j.examples.DataParallelTraining.Samples;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DataParallelTrainingTest {
  private static final int STEPS = 100;
  private static final double RATE = 0.5;

  /** The same training on all samples at once, without a communicator. */
  private static double[] trainAlone(Samples samples) {
    double[] model = new double[4];
    for (int step = 0; step < STEPS; step++) {
      double[] gradient = DataParallelTraining.gradient(model, samples);
      for (int i = 0; i < model.length; i++) {
        model[i] -= RATE * gradient[i];
      }
    }
    return model;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void manyRanksLearnWhatOneLearns(int size) {
    Samples all = Samples.synthetic(420);

    List<double[]> models =
        LocalRanks.run(
            size,
            comm -> DataParallelTraining.train(comm, all.shard(comm.rank(), size), STEPS, RATE));

    for (double[] model : models) {
      assertArrayEquals(models.get(0), model, "all ranks have the same model, bit for bit");
    }
    // The mean of the ranks' means differs from the mean of all by rounding: about 1e-16 a step.
    assertArrayEquals(trainAlone(all), models.get(0), 1e-12);
  }

  @Test
  void trainingFindsTheFunctionThatMadeTheSamples() {
    List<double[]> models =
        LocalRanks.run(
            2,
            comm ->
                DataParallelTraining.train(
                    comm, Samples.synthetic(420).shard(comm.rank(), 2), 2000, RATE));

    assertArrayEquals(new double[] {2, -3, 1, 0.5}, models.get(0), 1e-6);
  }

  @Test
  void samplesThatCannotBeSharedEquallyAreRefused() {
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> Samples.synthetic(10).shard(0, 4));

    assertEquals("10 samples cannot be shared equally by 4 ranks", refused.getMessage());
  }

  @Test
  void theProgramRuns() {
    assertDoesNotThrow(() -> DataParallelTraining.main(new String[0]));
  }
}
