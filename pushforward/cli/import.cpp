#include "pushforward/cli/verbs.h"
#include "pushforward/models/exchange.h"
#include "pushforward/models/presets.h"

namespace pushforward::cli {

void add_import(CLI::App& verb, const Program& program) {
  auto preset = std::make_shared<std::string>();
  auto weights = std::make_shared<std::string>();
  auto out = std::make_shared<std::string>();
  auto set = std::make_shared<std::vector<std::string>>();
  verb.footer(
      "examples\n"
      "  pushforward import realnvp weights.safetensors --out runs/imported\n"
      "  pushforward import dcgan weights.safetensors --out runs/imported-gan\n\n"
      "Names and shapes are those of the same model written with masks in PyTorch: layers.0.mask [784],\n"
      "layers.0.scale_net.0.weight [1024, 784], layers.0.translate_net.2.bias [784], …\n"
      "Of a GAN both networks, layers counted as in PyTorch's nn.Sequential: generator.model.0.weight,\n"
      "generator.model.1.running_mean, discriminator.model.0.weight, ….\n");
  verb.add_option("PRESET", *preset, "The model: a preset or a .toml file")->required();
  verb.add_option("WEIGHTS", *weights, "A .safetensors file")->required();
  verb.add_option("--out", *out, "Run folder to make")->required();
  verb.add_option("--set", *set, "key=value of the configuration, above what the file says");
  verb.callback([=, &program] {
    auto config = models::load_config(*preset);
    models::import_run(std::move(config), *weights, *out, *set);
    report::Table table{.title = "Imported", .columns = {{.name = "run", .align = report::Align::kLeft}}};
    table.rows = {{*out}};
    program.print({table}, {{"run", *out}});
  });
}

}  // namespace pushforward::cli
