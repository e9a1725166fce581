package org.ccl4j.examples;

import java.lang.System.Logger.Level;
import java.util.Arrays;
import java.util.List;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.DataType;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.ReduceOp;
import org.ccl4j.api.Stream;

/**
 * Data-parallel training: every rank has the whole model and a part of the samples. A step computes
 * the gradient over the rank's own samples, averages it over the ranks with one all-reduce, and
 * applies it; so the models stay equal on all ranks without ever being sent.
 *
 * <p>The model is {@code y = w . x + b} with a mean squared error. Its gradient is computed on the
 * host; a trainer with kernels would leave it on the device and enqueue the all-reduce behind them
 * on the same stream.
 */
public final class DataParallelTraining {
  private static final System.Logger LOG = System.getLogger(DataParallelTraining.class.getName());

  private DataParallelTraining() {}

  /** Samples, and what the model should say about them. */
  public static final class Samples {
    private final double[][] inputs;
    private final double[] targets;

    private Samples(double[][] inputs, double[] targets) {
      this.inputs = inputs;
      this.targets = targets;
    }

    /**
     * Makes samples of a known linear function. They depend on nothing but their number, so that
     * every run sees the same.
     *
     * @param count the number of samples
     * @return the samples, with three inputs each
     */
    public static Samples synthetic(int count) {
      double[][] inputs = new double[count][];
      double[] targets = new double[count];
      for (int i = 0; i < count; i++) {
        inputs[i] = new double[] {(i % 7) / 7.0, (i % 5) / 5.0, (i % 3) / 3.0};
        targets[i] = 2 * inputs[i][0] - 3 * inputs[i][1] + inputs[i][2] + 0.5;
      }
      return new Samples(inputs, targets);
    }

    /**
     * The part of one rank.
     *
     * @param rank the rank
     * @param size the number of ranks; it must divide the number of samples, or the mean over the
     *     ranks would not be the mean over the samples
     * @return the rank's samples
     */
    public Samples shard(int rank, int size) {
      if (targets.length % size != 0) {
        throw new IllegalArgumentException(
            targets.length + " samples cannot be shared equally by " + size + " ranks");
      }
      int length = targets.length / size;
      int from = rank * length;
      return new Samples(
          Arrays.copyOfRange(inputs, from, from + length),
          Arrays.copyOfRange(targets, from, from + length));
    }
  }

  /**
   * Trains a model from zero. All ranks must call, with the same number of steps and rate.
   *
   * @param comm the ranks
   * @param samples the samples of this rank, as many as on every other rank
   * @param steps the number of steps
   * @param rate the step size
   * @return the weights, and the bias as the last element; bit-identical on all ranks
   */
  public static double[] train(Communicator comm, Samples samples, int steps, double rate) {
    double[] model = new double[samples.inputs[0].length + 1];
    try (Stream stream = comm.device().openStream();
        DeviceBuffer buffer = comm.device().allocate(DataType.FLOAT64, model.length)) {
      for (int step = 0; step < steps; step++) {
        double[] gradient = gradient(model, samples);
        buffer.copyFrom(gradient, stream);
        comm.allReduce(buffer, buffer, ReduceOp.AVG, stream);
        buffer.copyTo(gradient, stream);
        for (int i = 0; i < model.length; i++) {
          model[i] -= rate * gradient[i];
        }
      }
    }
    return model;
  }

  /**
   * The gradient of the mean squared error.
   *
   * @param model weights and bias
   * @param samples the samples to take the mean over
   * @return a number for each parameter
   */
  static double[] gradient(double[] model, Samples samples) {
    int bias = model.length - 1;
    double[] gradient = new double[model.length];
    for (int s = 0; s < samples.targets.length; s++) {
      double[] input = samples.inputs[s];
      double error = model[bias] - samples.targets[s];
      for (int i = 0; i < bias; i++) {
        error += model[i] * input[i];
      }
      double scale = 2 * error / samples.targets.length;
      for (int i = 0; i < bias; i++) {
        gradient[i] += scale * input[i];
      }
      gradient[bias] += scale;
    }
    return gradient;
  }

  /**
   * Trains on four ranks and logs the model.
   *
   * @param args none
   */
  public static void main(String[] args) {
    Samples all = Samples.synthetic(420);
    List<double[]> models =
        LocalRanks.run(4, comm -> train(comm, all.shard(comm.rank(), comm.size()), 500, 0.5));
    LOG.log(Level.INFO, "learned {0}", Arrays.toString(models.get(0)));
  }
}
