// What goes wrong is said in one line, with the right exit status, and harms nothing that was there.
#include "tests/program/support.h"
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

namespace pushforward {
namespace {

using Parts = std::vector<std::string>;

/// The program refuses: `status`, nothing on stdout, one line on stderr that holds all `parts`.
void refuses(const Arguments& arguments, int status, const Parts& parts,
             const Surroundings& surroundings = {}) {
  SCOPED_TRACE(fmt::format("pushforward {}", fmt::join(arguments, " ")));
  const auto result = pushforward(arguments, surroundings);
  EXPECT_EQ(result.status, status);
  EXPECT_EQ(result.out, "");
  EXPECT_TRUE(result.err.starts_with("pushforward: ")) << result.err;
  EXPECT_EQ(result.err.find('\n'), result.err.size() - 1) << "one line is expected:\n" << result.err;
  EXPECT_EQ(result.err.find("internal error"), std::string::npos) << result.err;
  EXPECT_LT(result.err.size(), 600u) << result.err;
  for (const auto& part : parts)
    EXPECT_NE(result.err.find(part), std::string::npos) << result.err << "lacks: " << part;
}

void refuses_training(const Arguments& more, const Parts& parts, int status = 2) {
  Arguments arguments{"train", "tiny.toml", "--out", "refused"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  refuses(arguments, status, parts);
  EXPECT_FALSE(fs::exists(scratch() / "refused" / "config.toml")) << "a run was begun";
}

void put(const std::string& name, const std::string& bytes) {
  fs::create_directories((scratch() / name).parent_path());
  write_file(scratch() / name, bytes);
}

int gray(std::uint32_t, std::uint32_t i) {
  return static_cast<int>(i);
}

TEST(Usage, VerbsPresetsAndOptions) {
  refuses({"trian"}, 2, {"unknown verb trian", "did you mean train?"});
  refuses({"sample"}, 2, {"RUN is required", "pushforward sample --help"});
  refuses({"train"}, 2, {"what to train?"});
  refuses({"train", "realnpv"}, 2, {"no preset or file called realnpv", "did you mean realnvp?"});
  refuses({"train", "tiny.toml", "--epohcs", "3"}, 2, {"unknown option --epohcs, did you mean --epochs?"});
  refuses({"train", "tiny.toml", "--epoch=3"}, 2, {"unknown option --epoch, did you mean --epochs?"});
  refuses({"datasets", "shw", "clothes"}, 2, {"unknown shw: expected one of list, fetch, show, did you"});
  refuses({"datasets", "show", "clothes", "digits"}, 2, {"unexpected argument digits", "datasets --help"});
  refuses({"train", "tiny.toml", "--epochs", "three"}, 2, {"--epochs", "three"});
  refuses({"inspect", "realnvp", "--threads", "0"}, 2, {"--threads"});
  refuses({"datasets", "fetch", "minst"}, 2, {"unknown data set minst", "did you mean mnist?"});
  refuses({"datasets", "show", "clothse"}, 2, {"clothse", "did you mean clothes?"});
  refuses({"datasets", "show", "clothes:tset"}, 2, {"unknown split tset", "did you mean test?"});
  refuses({"datasets", "show", "clothes+flop"}, 2, {"unknown perturbation flop", "did you mean flip?"});
}

TEST(Usage, ResidualFlows) {
  const auto refused = [](const std::string& setting, const Parts& parts) {
    put("residual.toml", fmt::format("[model]\nkind = \"residual\"\nblocks = 1\n{}\n", setting));
    refuses({"inspect", "residual.toml"}, 2, parts);
  };
  refused("lipschitz = 1.0", {"model.lipschitz = 1: must be at most 0.999"});
  refused("continuation = 0.5", {"[roulette] expected a probability of going on above 0.850"});
  refused("continuation = 0.995", {"[roulette] expected at most 100 terms on average"});
  refused("evaluation_terms = 19", {"model.evaluation_terms = 19: must be at least 20"});
  refused("scales = 3", {"[squeeze] expected an image of even height and width, got [16, 7, 7]"});
  refused("activation = \"relu\"", {"model.activation", "lipswish"});
}

TEST(Usage, Configuration) {
  refuses_training({"--set", "train.lerning_rate=1"},
                   {"train.lerning_rate", "did you mean train.learning_rate?"});
  refuses_training({"--epochs", "0"}, {"--epochs: expected a whole number from 1 to 1,000,000, found 0"});
  refuses_training({"--seed", "-1"}, {"--seed: expected a whole number of at least 0, found -1"});
  refuses_training({"--set", "train.learning_rate=nan"}, {"train.learning_rate = nan"});
  refuses_training({"--set", "train.learning_rate=-1"}, {"train.learning_rate = -1: must be at least"});
  refuses_training({"--set", "model.hidden=-1"}, {"model.hidden = -1: must be at least 1"});
  refuses_training({"--set", "model.hidden=many"}, {"model.hidden", "expected a whole number"});
  refuses_training({"--set", "train.batch=0.5"}, {"train.batch = 0.5: expected a whole number"});
  refuses_training({"--set", "model.kind=realnpv"}, {"model.kind", "did you mean realnvp?"});
  refuses_training({"--set", "train.precision=bfloat"}, {"train.precision", "did you mean bfloat16?"});
  refuses_training({"--set", "train.schedule=cosin"}, {"train.schedule", "did you mean cosine?"});
  refuses_training({"--set", "data.validation=1"}, {"data.validation = 1: must be at most"});
  refuses_training({"--set", "model.dequantize=1"}, {"model.dequantize = 1: expected true or false"});
  refuses_training({"--set", "epochs"}, {"expected key=value"});
  put("broken.toml", "[train]\nepochs = = 3\n");
  refuses({"train", "broken.toml"}, 2, {"broken.toml:2:"});
  put("nested.toml", "[train]\nepochs = [3]\n");
  refuses({"train", "nested.toml"}, 2, {"nested.toml:2: train.epochs must be a number"});
  put("misspelt.toml", "[model]\nhiddden = 3\n");
  refuses({"inspect", "misspelt.toml"}, 2, {"unknown key model.hiddden", "did you mean model.hidden?"});
  refuses_training({"--set", "model.conditional=true"},
                   {"has no labels: a conditional realnvp takes a labelled set"}, 1);
  put("odd.toml", "[model]\nkind = \"gan\"\n[data]\nresize = 30\n");
  refuses({"inspect", "odd.toml"}, 2, {"got 30"});
  refuses({"bench", "tiny.toml", "--data", "nowhere", "--steps", "100000"}, 2, {"nowhere"});
  refuses({"bench", "tiny.toml", "nowhere", "--steps", "100000"}, 2, {"no preset or file called nowhere"});
}

TEST(Usage, Sampling) {
  refuses({"sample", "run", "--temperature", "-1"}, 2, {"--temperature: expected a number from 0 to 100"});
  refuses({"sample", "run", "--temperature", "nan"}, 2, {"--temperature", "found nan"});
  refuses({"sample", "run", "--temperature", "1,-2"}, 2, {"--temperature", "found -2"});
  refuses({"sample", "run", "--temperature", "0,1", "--interpolate", "2"}, 2,
          {"several temperatures are for"});
  refuses({"lab", "contractoin"}, 2, {"unknown experiment contractoin", "did you mean contraction?"});
  refuses({"lab", "contraction", "--language", "latin"}, 2, {"--language", "latin"});
  refuses({"edit", "run"}, 2, {"edit: expected one of --walk, --complete and --classes"});
  refuses({"edit", "run", "--walk", "--complete"}, 2, {"expected one of --walk"});
  refuses({"edit", "run", "--complete"}, 2, {"realnvp draws no pixel from those before it"});
  refuses({"edit", "run", "--classes", "1"}, 2,
          {"--classes: expected FROM:TO, such as 9:7, or all, found 1"});
  refuses({"edit", "run", "--classes", "1:2"}, 2, {"has no labels"});
  refuses({"edit", "run", "--walk", "-n", "31", "--data", "clothes:test"}, 2,
          {"edit -n 31: expected at least 62 images, clothes:test has 60"});
  refuses({"sample", "run", "-n", "0"}, 2, {"-n: expected a whole number from 1 to 10,000,000, found 0"});
  refuses({"sample", "run", "--seed", "-1"}, 2, {"--seed: expected a whole number of at least 0, found -1"});
  refuses({"lab", "contraction", "--seed", "99999999999999999999999"}, 2,
          {"--seed: expected a whole number of at least 0, found 99999999999999999999999"});
  refuses({"study", "--out", ""}, 2, {"--out: expected a name, found nothing"});
  refuses({"sample", "run", "--out", "grid.jpg"}, 2,
          {"--out: expected a file ending in .png or .npy, found grid.jpg"});
  refuses({"score", "run", "--data", "clothes:test", "--out", "s.txt"}, 2,
          {"--out: expected a file ending in .csv or .npy, found s.txt"});
  refuses({"report", "run", "--compare", "bits.jpg"}, 2,
          {"--compare: expected a file ending in .png, found bits.jpg"});
  refuses({"report", "run", "--compare", "bits.png"}, 2,
          {"run: a density, trained without dequantisation: there are no bits/dim to state"});
  refuses({"export", "run", "w.npy"}, 2, {"WEIGHTS: expected a file ending in .safetensors, found w.npy"});
  refuses({"score", "run"}, 2, {"--data is required"});
  refuses({"score", "run", "--data", "clothes:test", "--precision", "half"}, 2, {"--precision", "bfloat16"});
  refuses({"ood", "run", "--in", "clothes:test"}, 2, {"--out-of is required (or --near)"});
  refuses({"ood", "run", "--in", "clothes:test", "--out-of", "digits:test", "--scores", "likelyhood"}, 2,
          {"--scores: expected one of all, ", "found likelyhood, did you mean likelihood?"});
  refuses({"ood", "run", "--in", "clothes:test", "--out-of", "digits:test", "--scores", "waic"}, 2,
          {"waic needs a model with an ensemble", "--ensemble RUN"});
  refuses({"calibrate", "run", "--score", "energy"}, 2, {"energy needs a model with logits", "--classifier"});
  refuses({"sample", "run", "--checkpoint", "first"}, 2, {"--checkpoint"});
  refuses({"sample", "run", "--label", "3"}, 2, {"a label is for a conditional model"});
  refuses({"sample", "run", "--label", "-1"}, 2,
          {"--label: expected a whole number of at least 0, found -1"});
}

TEST(Usage, Latents) {
  put("wrong.npy", npy("(2, 5)", std::vector<float>(10, 0.0F)));
  refuses({"sample", "run", "--latent", "wrong.npy"}, 1,
          {"wrong.npy: expected latents [n, 16], found [2, 5]"});
  std::vector<float> z(32, 0.0F);
  z[20] = NAN;
  put("nan.npy", npy("(2, 16)", z));
  refuses({"sample", "run", "--latent", "nan.npy"}, 1, {"nan.npy: latents must be finite numbers"});
  put("none.npy", npy("(0, 16)", {}));
  refuses({"sample", "run", "--latent", "none.npy"}, 1,
          {"none.npy: expected latents [n, 16], found [0, 16]"});
  refuses({"sample", "run", "--latent", "missing.npy"}, 1, {"missing.npy"});
}

TEST(Output, FoldersThatCannotBe) {
  put("file", "in the way");
  refuses({"train", "tiny.toml", "--out", "file"}, 1, {"cannot create folder file"});
  refuses({"train", "tiny.toml", "--out", "file/run"}, 1, {"cannot create folder file/run"});
  EXPECT_EQ(read_file(scratch() / "file"), "in the way");
  refuses({"train", "tiny.toml", "--out", std::string(300, 'x')}, 1, {"File name too long"});
  refuses({"sample", "run", "--out", "file/grid.png"}, 1, {"cannot write file/grid.png"});
  refuses({"score", "run", "--data", "clothes:test", "--out", "nowhere/s.csv", "-q"}, 1,
          {"cannot write nowhere/s.csv"});
  refuses({"export", "run", "nowhere/w.safetensors"}, 1, {"cannot write nowhere/w.safetensors"});
}

TEST(Output, ARunIsNotOverwritten) {
  const auto before = read_file(scratch() / "run/checkpoints/last.safetensors");
  refuses({"train", "tiny.toml", "--out", "run"}, 2, {"run already holds a run", "--resume"});
  succeed({"export", "run", "own.safetensors", "-q"});
  refuses({"import", "tiny.toml", "own.safetensors", "--out", "run"}, 2, {"run already holds a run"});
  EXPECT_EQ(read_file(scratch() / "run/checkpoints/last.safetensors"), before);
}

TEST(Output, AFullDisk) {
  const auto full = [](std::int64_t bytes) { return Surroundings{.file_limit = bytes}; };
  refuses({"train", "tiny.toml", "--out", "full", "-q"}, 1,
          {"cannot write full/checkpoints/last.safetensors"}, full(8000));
  EXPECT_FALSE(fs::exists(scratch() / "full" / "config.toml"));
  succeed({"train", "tiny.toml", "--out", "full", "-q"});  // with room again

  const auto run = copy_of(scratch() / "run", "filled");
  const auto before = read_file(run / "checkpoints/last.safetensors");
  refuses({"train", "--resume", "--out", "filled", "--epochs", "4", "-q"}, 1, {"cannot write filled/"},
          full(10000));
  EXPECT_EQ(read_file(run / "checkpoints/last.safetensors"), before);
  succeed({"train", "--resume", "--out", "filled", "--epochs", "4", "-q"});
  refuses({"score", "run", "--data", "clothes:test", "--out", "s.npy", "-q"}, 1, {"cannot write s.npy"},
          full(300));
}

TEST(Resume, NeedsARunAndItsSettings) {
  refuses({"train", "--resume"}, 2, {"--resume needs --out"});
  refuses({"train", "tiny.toml", "--resume", "--out", "run"}, 2, {"leave out tiny.toml"});
  refuses({"train", "--resume", "--out", "nothing"}, 1, {"no run at nothing: no such folder"});
  refuses({"train", "--resume", "--out", "data"}, 1, {"no run at data: it has no config.toml"});
  refuses({"train", "--resume", "--out", "run", "--set", "train.batch=64", "--set", "model.hidden=9",
           "--seed", "1"},
          2,
          {"cannot resume run with other settings", "model.hidden = 9, was 8", "train.batch = 64, was 32",
           "train.seed = 1, was 0"});
}

TEST(Checkpoint, DamagedOrMissing) {
  const auto broken = [](const std::string& name, const std::string& bytes) {
    const auto run = copy_of(scratch() / "run", name);
    write_file(run / "checkpoints/last.safetensors", bytes);
    return name;
  };
  const auto good = read_file(scratch() / "run/checkpoints/last.safetensors");
  auto flipped = good;
  flipped[flipped.size() / 2] = static_cast<char>(flipped[flipped.size() / 2] ^ 16);
  const auto cut = broken("cut", good.substr(0, good.size() / 2)), flip = broken("flip", flipped);
  refuses({"score", cut, "--data", "clothes:test"}, 1,
          {"cut/checkpoints/last.safetensors", "use an earlier copy of it, or the run's other checkpoint"});
  refuses({"score", flip, "--data", "clothes:test"}, 1, {"flip/checkpoints/last.safetensors is damaged"});
  refuses({"train", "--resume", "--out", flip, "--epochs", "3", "-q"}, 1, {"is damaged"});
  succeed({"score", flip, "--data", "clothes:test", "--checkpoint", "best", "-q"});
  refuses({"sample", broken("empty", "")}, 1, {"empty/checkpoints/last.safetensors is cut short"});
  refuses({"sample", broken("text", "not a checkpoint at all")}, 1, {"text/checkpoints/last.safetensors"});

  const auto gone = copy_of(scratch() / "run", "gone");
  fs::remove(gone / "checkpoints/last.safetensors");
  refuses({"sample", "gone"}, 1, {"gone has no last checkpoint"});
  refuses({"train", "--resume", "--out", "gone", "--epochs", "3", "-q"}, 1,
          {"gone/checkpoints/last.safetensors"});
  refuses({"sample", "nowhere"}, 1, {"no run at nowhere: no such folder"});
}

TEST(Checkpoint, OfAnotherModel) {
  succeed({"train", "tiny.toml", "--out", "larger", "--epochs", "1", "--set", "model.hidden=9", "-q"});
  succeed(
      {"train", "tiny.toml", "--out", "shifts", "--epochs", "1", "--set", "model.coupling=additive", "-q"});
  const auto swap = [](const std::string& from, const std::string& name) {
    const auto run = copy_of(scratch() / "run", name);
    fs::copy_file(scratch() / from / "checkpoints/last.safetensors", run / "checkpoints/last.safetensors",
                  fs::copy_options::overwrite_existing);
    return name;
  };
  refuses({"sample", swap("larger", "swapped")}, 1, {"is a checkpoint of another model", "[9, 8]", "[8, 8]"});
  refuses({"sample", swap("shifts", "swapped2")}, 1,
          {"is a checkpoint of another model", "it lacks the tensor"});
}

TEST(Images, OfAnotherSize) {
  refuses({"score", "run", "--data", "wide"}, 1,
          {"wide:train has images of 1×4×5, the model of run takes 1×4×4"});
  refuses({"ood", "run", "--in", "clothes:test", "--out-of", "wide"}, 1, {"wide:train has images of 1×4×5"});
  refuses_training({"--set", "model.height=5"}, {"clothes:train has images of 1×4×4", "takes 1×5×4"}, 1);
}

TEST(Images, Damaged) {
  const auto whole = idx(10, 4, 4, gray);
  auto magic = whole;
  magic[2] = 13;
  put("images/empty-idx", "");
  put("images/none-idx", idx(0, 4, 4, gray));
  put("images/cut-idx", whole.substr(0, 100));
  put("images/long-idx", whole + "x");
  put("images/magic-idx", magic);
  put("images/words.txt", "these are not images");
  std::vector<float> values(32, 0.5F);
  values[17] = NAN;
  put("images/nan.npy", npy("(2, 4, 4)", values));
  put("images/folder/a.txt", "no image");
  fs::create_directories(scratch() / "images/nothing");
  const auto score = [](const std::string& name, const Parts& parts, int status = 1) {
    auto all = parts;
    all.push_back("images/" + name);
    refuses({"score", "run", "--data", "images/" + name}, status, all);
  };
  score("empty-idx", {"found an empty file"});
  score("none-idx", {});
  score("cut-idx", {"expected"});
  score("long-idx", {});
  score("magic-idx", {"expected"});
  score("words.txt", {"expected a .npy, .npz, IDX, PNG, JPEG or WebP file"});
  score("nan.npy", {"image 1"});
  score("folder", {});
  score("nothing", {});
  score("missing", {"no data set, file or folder of that name"}, 2);
  refuses_training({"--data", "images/nan.npy"}, {"image 1"}, 1);
  refuses_training({"--data", "images/cut-idx"}, {"images/cut-idx"}, 1);
  refuses_training({"--data", "single", "--set", "data.validation=0.9"}, {"image"}, 1);
}

/// A .safetensors file without checksum, as PyTorch's users write it, of ones.
std::string weights(const std::vector<std::pair<std::string, std::vector<std::int64_t>>>& tensors) {
  Json header = Json::object();
  std::size_t at = 0;
  for (const auto& [name, shape] : tensors) {
    std::size_t size = 4;
    for (const auto n : shape) size *= static_cast<std::size_t>(n);
    header[name] = {{"dtype", "F32"}, {"shape", shape}, {"data_offsets", {at, at + size}}};
    at += size;
  }
  const auto text = header.dump();
  const std::uint64_t length = text.size();
  const std::vector<float> ones(at / 4, 1.0F);
  return std::string(reinterpret_cast<const char*>(&length), 8) + text +
         std::string(reinterpret_cast<const char*>(ones.data()), at);
}

TEST(Import, OtherTensors) {
  const auto refuses_weights = [](const std::string& bytes, const Parts& parts) {
    put("other.safetensors", bytes);
    refuses({"import", "tiny.toml", "other.safetensors", "--out", "not-imported", "--set", "model.height=4",
             "--set", "model.width=4"},
            1, parts);
    EXPECT_FALSE(fs::exists(scratch() / "not-imported/config.toml"));
  };
  refuses_weights("", {"other.safetensors is cut short"});
  refuses_weights("PK\3\4 a zip, as torch.save writes it", {"other.safetensors", "torch.save_file"});
  refuses_weights(weights({}), {"other.safetensors", "layers.0.mask is missing"});
  refuses_weights(weights({{"layers.0.mask", {16}}}), {"layers.0.mask is not this flow's mask"});
  refuses_weights(weights({{"layers.9.mask", {16}}}), {"layers.9.mask is not one of this flow"});
  succeed({"export", "run", "good.safetensors", "-q"});
  refuses({"import", "tiny.toml", "good.safetensors", "--out", "not-imported", "--set", "model.height=28",
           "--set", "model.width=28"},
          1, {"good.safetensors", "layers.0.mask", "[784]"});
  refuses({"import", "dcgan", "good.safetensors", "--out", "not-imported"}, 2,
          {"good.safetensors holds a model of kind realnvp", "one of kind gan"});
  refuses({"import", "tiny.toml", "missing.safetensors", "--out", "not-imported"}, 1,
          {"missing.safetensors"});
}

TEST(Detect, PrintsNothingOnAnError) {
  succeed({"calibrate", "run", "--fpr", "0.1", "--score", "typicality", "--out", "d.pf", "-q"});
  refuses({"detect", "d.pf", "--data", "wide"}, 1, {"expected images of 1×4×4"});
  refuses({"detect", "d.pf", "--data", "wide", "--json"}, 1, {"expected images of 1×4×4"});
  auto bytes = read_file(scratch() / "d.pf");
  put("cut.pf", bytes.substr(0, bytes.size() / 2));
  const auto result = pushforward({"detect", "cut.pf", "--data", "clothes:test"});
  EXPECT_EQ(result.err.find("checkpoint"), std::string::npos) << result.err;
}

TEST(Output, HelpThatCannotBeWritten) {
  EXPECT_EQ(pushforward({"sample", "--help"}, {.out = "/dev/full"}).status, 1);
  EXPECT_EQ(Child(fs::path(PUSHFORWARD_PROGRAM), {"--help"}, {.out = "/dev/full"}).wait().status, 1);
}

TEST(Installation, WithoutItsLibrary) {
  fs::create_directories(scratch() / "bin");
  fs::copy_file(PUSHFORWARD_PROGRAM, scratch() / "bin/pushforward");
  const auto result = Child(scratch() / "bin/pushforward", {"inspect", "realnvp"}).wait();
  EXPECT_EQ(result.status, 1);
  EXPECT_TRUE(result.err.starts_with("pushforward: cannot load the program: ")) << result.err;
  EXPECT_EQ(Child(scratch() / "bin/pushforward", {"--help"}).wait().status, 0);
}

}  // namespace
}  // namespace pushforward
