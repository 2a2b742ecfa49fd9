// What verbs print with --json is what docs/results.schema.json says.
#include "tests/program/support.h"
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace pushforward {
namespace {

/// Where a document differs from a schema of JSON Schema 2020-12, as far as ours goes: a keyword that is not
/// known here is a difference too.
class Schema {
 public:
  Schema()
      : all_(Json::parse(read_file(fs::path(PUSHFORWARD_SOURCE_DIR) / "docs" / "results.schema.json"))) {}

  std::vector<std::string> differences(const Json& document, const std::string& definition) {
    found_.clear();
    compare(document, all_.at("$defs").at(definition), definition);
    return found_;
  }

 private:
  void compare(const Json& value, const Json& schema, const std::string& where) {
    for (const auto& [keyword, wanted] : schema.items()) {
      if (keyword == "$ref")
        compare(value, all_.at(Json::json_pointer(wanted.get<std::string>().substr(1))), where);
      else if (keyword == "type")
        expect(std::ranges::any_of(wanted.is_array() ? wanted : Json::array({wanted}),
                                   [&](const Json& type) { return is(value, type.get<std::string>()); }),
               where, fmt::format("is no {}: {}", wanted.dump(), value.dump().substr(0, 80)));
      else if (keyword == "enum")
        expect(std::ranges::find(wanted, value) != wanted.end(), where, "is none of " + wanted.dump());
      else if (keyword == "required")
        for (const auto& name : wanted)
          expect(value.contains(name.get<std::string>()), where, "lacks " + name.get<std::string>());
      else if (keyword == "properties")
        for (const auto& [name, property] : wanted.items()) {
          if (value.contains(name)) compare(value.at(name), property, where + "." + name);
        }
      else if (keyword == "additionalProperties")
        for (const auto& [name, other] : value.items()) {
          if (schema.contains("properties") && schema.at("properties").contains(name)) continue;
          if (wanted.is_boolean())
            expect(wanted.get<bool>(), where, "has " + name);
          else
            compare(other, wanted, where + "." + name);
        }
      else if (keyword == "items")
        for (std::size_t i = 0; i < value.size(); ++i)
          compare(value.at(i), wanted, fmt::format("{}[{}]", where, i));
      else
        expect(keyword == "description", where, "has a schema with the keyword " + keyword);
    }
  }

  static bool is(const Json& value, const std::string& type) {
    if (type == "integer") return value.is_number_integer();
    if (type == "number") return value.is_number();
    if (type == "string") return value.is_string();
    if (type == "boolean") return value.is_boolean();
    if (type == "array") return value.is_array();
    if (type == "object") return value.is_object();
    return type == "null" && value.is_null();
  }

  void expect(bool holds, const std::string& where, const std::string& otherwise) {
    if (!holds) found_.push_back(where + " " + otherwise);
  }

  Json all_;
  std::vector<std::string> found_;
};

TEST(Schema, IsThatOfWhatVerbsPrint) {
  Schema schema;
  const auto expect_valid = [&](const std::string& definition, const Arguments& arguments) {
    const auto differences = schema.differences(json_of(arguments), definition);
    EXPECT_TRUE(differences.empty()) << fmt::format("{}", fmt::join(differences, "\n"));
  };
  const Arguments pixels{"--features", "pixels"};
  const auto by_pixels = [&](Arguments arguments) {
    arguments.insert(arguments.end(), pixels.begin(), pixels.end());
    return arguments;
  };
  expect_valid("evaluation", by_pixels({"fid", "clothes:test", "digits:test", "--infinity"}));
  expect_valid("evaluation", by_pixels({"kid", "clothes:test", "run", "-n", "40"}));
  expect_valid("evaluation", by_pixels({"prdc", "clothes:test", "digits:test", "--resize", "3"}));
  expect_valid("evaluation",
               by_pixels({"evaluate", "clothes:test", "digits:test", "--train", "clothes:train"}));
  expect_valid("statistics", by_pixels({"fid", "clothes", "--save-statistics", "schema.safetensors"}));
  fs::create_directory(scratch() / "pictures");
  succeed({"sample", "run", "-n", "4", "--out", "pictures/some.png"});
  write_file(scratch() / "pictures" / "notes.txt", "no picture");
  expect_valid("datasets show", {"datasets", "show", "pictures"});
  expect_valid("datasets show", {"datasets", "show", "clothes"});
  expect_valid("divergence", {"divergence", "two-moons", "eight-gaussians", "-n", "50"});
  succeed({"calibrate", "--data", "clothes", "--fpr", "0.1", "--out", "schema.pf"});
  expect_valid("detect", {"detect", "schema.pf", "--data", "digits:test"});
}

TEST(Schema, FindsWhatDiffers) {
  Schema schema;
  auto shown = json_of({"datasets", "show", "clothes"});
  EXPECT_TRUE(schema.differences(shown, "datasets show").empty());
  shown["count"] = "many";
  shown["more"] = 1;
  shown.erase("mean");
  shown["left_out"] = Json::array({Json{{"name", "a"}}});
  EXPECT_EQ(schema.differences(shown, "datasets show").size(), 4u);
}

}  // namespace
}  // namespace pushforward
