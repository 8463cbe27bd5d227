package huichang;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.cn.smart.SmartChineseAnalyzer;
import org.codelibs.opensearch.runner.OpenSearchRunner;
import org.opensearch.index.analysis.AbstractIndexAnalyzerProvider;
import org.opensearch.index.analysis.AnalyzerProvider;
import org.opensearch.indices.analysis.AnalysisModule.AnalysisProvider;
import org.opensearch.plugins.AnalysisPlugin;
import org.opensearch.plugins.Plugin;

/**
 * One OpenSearch node on 127.0.0.1, from Maven artifacts only: {@code SearchNode DATA_DIR PORT}.
 *
 * <p>It ends with its standard input, so that a parent that is killed leaves no node behind.
 */
public final class SearchNode {
  private static final String PLUGINS =
      "org.opensearch.knn.plugin.KNNPlugin,org.opensearch.neuralsearch.plugin.NeuralSearch," + SmartcnPlugin.class.getName();

  /** The smartcn analyser of a managed domain; its plugin is published as a zip for the installer only. */
  public static class SmartcnPlugin extends Plugin implements AnalysisPlugin {
    @Override
    public Map<String, AnalysisProvider<AnalyzerProvider<? extends Analyzer>>> getAnalyzers() {
      return Map.of(
          "smartcn",
          (indexSettings, environment, name, settings) ->
              new AbstractIndexAnalyzerProvider<Analyzer>(indexSettings, name, settings) {
                @Override
                public Analyzer get() {
                  return new SmartChineseAnalyzer();
                }
              });
    }
  }

  public static void main(String[] arguments) throws Exception {
    var data = Path.of(arguments[0]).toAbsolutePath();
    var port = arguments[1];
    var runner = new OpenSearchRunner();
    runner.onBuild(
        (number, settings) -> {
          settings.put("discovery.type", "single-node");
          // The runner presets these for a cluster; a single node refuses to start with them.
          settings.remove("cluster.initial_cluster_manager_nodes");
          settings.remove("cluster.initial_master_nodes");
          settings.remove("discovery.seed_hosts");
          settings.put("network.host", "127.0.0.1");
          settings.put("http.port", port);
          settings.put("transport.port", "0");
          settings.put("node.store.allow_mmap", true);
          // A laptop's nearly full disk must not make every index read-only.
          settings.put("cluster.routing.allocation.disk.threshold_enabled", false);
        });
    runner.build(
        OpenSearchRunner.newConfigs()
            .clusterName("huichang")
            .numOfNode(1)
            .basePath(data.toString())
            .pluginTypes(PLUGINS));
    runner.ensureYellow();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> close(runner)));
    System.out.println("ready http://127.0.0.1:" + port);
    System.out.flush();
    while (System.in.read() != -1) {
      // Nothing is asked of us on standard input; only its end matters.
    }
    System.exit(0);
  }

  private static void close(OpenSearchRunner runner) {
    try {
      runner.close();
    } catch (IOException error) {
      error.printStackTrace();
    }
  }
}
